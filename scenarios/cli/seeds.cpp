#include "scenarios/cli/seeds.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <thread>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
Option threads_option() {
  return {"threads", "T", "threads (default: all cores); the result has the same bits for any number"};
}

int thread_count(const Arguments& arguments) {
  const long cores = std::max(1L, static_cast<long>(std::thread::hardware_concurrency()));
  return static_cast<int>(arguments.integer("threads", 1, 1024).value_or(cores));
}

}  // namespace lemmata::scenarios
