#pragma once
#include <functional>

namespace lemmata::sim {

/// A fixed team of threads that runs numbered tasks. Which thread runs a task never matters to the result: tasks write
/// to places of their own and are combined in the order of their numbers.
class ThreadTeam {
 public:
  explicit ThreadTeam(int threads);  ///< >= 1; the caller is one of them
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int threads() const { return threads_; }

  /// Runs task(number, thread) for number = 0..count-1, thread in 0..threads()-1, and returns when all are done.
  /// The first exception of a task is rethrown here, after those under way have finished; no more are begun then.
  void run(long count, const std::function<void(long, int)>& task);

 private:
  struct Shared;
  int threads_;
  Shared* shared_;
};

}  // namespace lemmata::sim
