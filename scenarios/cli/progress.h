#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace lemmata::scenarios {

/// A duration in words: "12 s", "3 min 04 s", "5 h 00 min". @param seconds  >= 0.
std::string duration_text(double seconds);

/// A progress bar with rate and remaining time on stderr: redrawn in place on a terminal, a plain line every ten
/// seconds elsewhere. Thread-safe; costs two atomic operations where nothing is printed.
class Progress {
 public:
  /// @param total  units of work in all.  @param unit  their name: "steps".
  Progress(std::string title, long total, std::string unit, bool quiet);
  ~Progress();

  void advance(long units);
  /// A line of its own above the bar.
  void say(const std::string& line);

 private:
  void draw(long done, bool last);
  std::string title_, unit_;
  long total_;
  bool quiet_, terminal_;
  std::chrono::steady_clock::time_point start_;
  std::atomic<long> done_{0};
  std::atomic<std::int64_t> next_draw_ns_{0};
  std::mutex mutex_;
};

}  // namespace lemmata::scenarios
