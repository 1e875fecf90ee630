#include "scenarios/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lemmata::scenarios {
namespace {

constexpr std::int64_t terminal_interval = 200'000'000, plain_interval = 10'000'000'000;  // ns

}  // namespace

std::string duration_text(double seconds) {
  char text[32];
  const long s = std::lround(seconds);
  if (s < 60)
    std::snprintf(text, sizeof text, "%ld s", s);
  else if (s < 3600)
    std::snprintf(text, sizeof text, "%ld min %02ld s", s / 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%ld h %02ld min", s / 3600, s / 60 % 60);
  return text;
}

Progress::Progress(std::string title, long total, std::string unit, bool quiet)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(std::max(1L, total)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      next_draw_ns_(terminal_ ? 0 : plain_interval) {}

Progress::~Progress() {
  if (!quiet_ && terminal_) draw(done_, true);
}

void Progress::advance(long units) {
  const long done = done_ += units;
  if (quiet_) return;
  const std::int64_t now = (std::chrono::steady_clock::now() - start_).count();
  std::int64_t due = next_draw_ns_.load();
  if (now < due || !next_draw_ns_.compare_exchange_strong(due, now + (terminal_ ? terminal_interval : plain_interval)))
    return;
  draw(done, false);
}

void Progress::say(const std::string& line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  std::fprintf(stderr, "%s%s\n", terminal_ ? "\r\x1b[K" : "", line.c_str());
}

void Progress::draw(long done, bool last) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0,
               share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const std::string remaining =
      last || rate == 0 ? duration_text(seconds)
                        : duration_text(static_cast<double>(total_ - std::min(done, total_)) / rate) + " left";
  std::string bar;
  if (terminal_) {
    constexpr int width = 30;
    const int filled = static_cast<int>(share * width);
    bar = " [" + std::string(static_cast<std::size_t>(filled), '#') +
          std::string(static_cast<std::size_t>(width - filled), '.') + "]";
  }
  const std::lock_guard lock(mutex_);
  std::fprintf(stderr, "%s%s%s %3.0f %%  %.3g %s/s  %s%s", terminal_ ? "\r\x1b[K" : "", title_.c_str(), bar.c_str(),
               100 * share, rate, unit_.c_str(), remaining.c_str(), terminal_ && !last ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace lemmata::scenarios
