#include "scenarios/cli/interruption.h"

#include <chrono>
#include <csignal>
#include <cstdio>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t signals = 0;
double limit_seconds = 0;  // 0: none
Clock::time_point limit;

void note_signal(int signal) {
  signals = signals + 1;
  if (signals > 1) {
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
}

}  // namespace

Option max_time_option() {
  return {"max-time", "SECONDS", "stop after that time as after an interruption (exit 130), to be gone on with later"};
}

void catch_interrupts(const Arguments& arguments) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, note_signal);
  if (!arguments.has("max-time")) return;
  limit_seconds = *arguments.number("max-time", 0, 1e9);
  if (!(limit_seconds > 0)) throw InputError("", "--max-time", *arguments.text("max-time"), "a number > 0");
  limit = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit_seconds));
}

bool is_interrupted() { return signals > 0 || (limit_seconds > 0 && Clock::now() >= limit); }

int interrupted(const Arguments& arguments, const std::string& how_to_go_on) {
  if (!arguments.has("quiet"))
    std::fprintf(stderr, "lemmata: %s; %s\n", interruption_text().c_str(), how_to_go_on.c_str());
  return 130;
}

std::string interruption_text() {
  if (signals > 0) return "interrupted";
  char text[64];
  std::snprintf(text, sizeof text, "the %.6g s of --max-time are over", limit_seconds);
  return text;
}

}  // namespace lemmata::scenarios
