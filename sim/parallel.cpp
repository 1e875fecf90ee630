#include "sim/parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/numerics/invalid_operations.h"

namespace lemmata::sim {

namespace {

// Rounds follow one another within microseconds; waking a sleeping thread takes tens of them. So a thread looks for a
// while before it sleeps.
constexpr auto patience = std::chrono::microseconds(100);
constexpr int looks_per_time = 64;  // reading the clock costs more than a look

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

// A ticket is (count, number): whoever draws one with number < count runs that task, and the round cannot end before it
// has. All others run nothing, so a round never waits for a thread that still sleeps.
struct ThreadTeam::Shared {
  static constexpr int count_bits = 32;
  static long number_of(std::uint64_t ticket) { return static_cast<long>(ticket & 0xFFFFFFFF); }
  static long count_of(std::uint64_t ticket) { return static_cast<long>(ticket >> count_bits); }

  std::mutex mutex;
  std::condition_variable start, finished;
  const std::function<void(long, int)>* task = nullptr;  // read with a valid ticket only
  std::atomic<std::uint64_t> next{0};
  std::atomic<long> done{0};
  std::atomic<bool> stopping{false}, invalid{false}, failed{false};
  std::exception_ptr failure;
  std::vector<std::thread> helpers;

  bool has_tasks() const {
    const std::uint64_t ticket = next.load();
    return number_of(ticket) < count_of(ticket);
  }

  void work(int thread) {
    while (has_tasks()) {
      const std::uint64_t ticket = next.fetch_add(1);
      if (number_of(ticket) >= count_of(ticket)) return;
      if (thread != 0) forget_invalid_operations();
      try {
        if (!failed) (*task)(number_of(ticket), thread);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failed.exchange(true)) failure = std::current_exception();
      }
      if (was_operation_invalid()) invalid = true;
      if (done.fetch_add(1) + 1 == count_of(ticket)) {
        const std::lock_guard lock(mutex);  // not between the caller's look and its sleep
        finished.notify_one();
      }
    }
  }

  void help(int thread) {
    const auto called = [&] { return stopping.load() || has_tasks(); };
    while (!stopping.load()) {
      look_for(called);
      {
        std::unique_lock lock(mutex);
        start.wait(lock, called);
      }
      work(thread);
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
  Shared& shared = *shared_;
  shared.failure = nullptr;
  shared.failed = false;
  {
    const std::lock_guard lock(shared.mutex);  // not between a helper's look and its sleep
    shared.task = &task;
    shared.done = 0;
    shared.next = static_cast<std::uint64_t>(count) << Shared::count_bits;
  }
  if (count > 1) shared.start.notify_all();
  shared.work(0);
  const auto all_done = [&] { return shared.done.load() == count; };
  look_for(all_done);
  std::unique_lock lock(shared.mutex);
  shared.finished.wait(lock, all_done);
  if (shared.invalid.exchange(false)) raise_invalid_operation();
  if (shared.failure) std::rethrow_exception(shared.failure);
}

}  // namespace lemmata::sim
