#include "sim/parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lemmata::sim {

namespace {

// Rounds follow one another within microseconds; waking a sleeping thread takes tens of them. So a thread looks for a while before it sleeps.
constexpr auto patience = std::chrono::microseconds(100);
constexpr int looks_per_time = 64;   // reading the clock costs more than a look

template <class Condition>
void look_for(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  do {
    for (int look = 0; look < looks_per_time; ++look) {
      if (condition()) return;
    }
  } while (std::chrono::steady_clock::now() < end);
}

}  // namespace

struct ThreadTeam::Shared {
  std::mutex mutex;
  std::condition_variable start, finished;
  const std::function<void(long, int)>* task = nullptr;
  long count = 0;
  std::atomic<long> next{0};
  std::atomic<long> round{0};
  std::atomic<int> busy{0};
  std::atomic<bool> stopping{false};
  std::exception_ptr failure;
  std::vector<std::thread> helpers;

  void work(int thread) {
    for (long number = next.fetch_add(1); number < count; number = next.fetch_add(1)) {
      try {
        (*task)(number, thread);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  }

  void help(int thread) {
    for (long seen = 0;;) {
      look_for([&] { return stopping.load() || round.load() != seen; });
      std::unique_lock lock(mutex);
      start.wait(lock, [&] { return stopping || round.load() != seen; });
      if (stopping) return;
      seen = round.load();
      lock.unlock();
      work(thread);
      lock.lock();
      if (--busy == 0) finished.notify_one();
    }
  }
};

ThreadTeam::ThreadTeam(int threads) : threads_(threads < 1 ? 1 : threads), shared_(new Shared) {
  for (int thread = 1; thread < threads_; ++thread) {
    shared_->helpers.emplace_back([shared = shared_, thread] { shared->help(thread); });
  }
}

ThreadTeam::~ThreadTeam() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->start.notify_all();
  for (std::thread& helper : shared_->helpers) helper.join();
  delete shared_;
}

void ThreadTeam::run(long count, const std::function<void(long, int)>& task) {
  const bool alone = threads_ == 1 || count <= 1;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->task = &task;
    shared_->count = count;
    shared_->next = 0;
    shared_->busy = alone ? 0 : threads_ - 1;
    shared_->failure = nullptr;
    if (!alone) ++shared_->round;
  }
  if (!alone) shared_->start.notify_all();
  shared_->work(0);
  look_for([&] { return shared_->busy.load() == 0; });
  std::unique_lock lock(shared_->mutex);
  shared_->finished.wait(lock, [&] { return shared_->busy == 0; });
  if (shared_->failure) std::rethrow_exception(shared_->failure);
}

}  // namespace lemmata::sim
