#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/cli/command.h"

namespace lemmata::scenarios {

/// --threads T; default: all cores.
Option threads_option();
int thread_count(const Arguments& arguments);

}  // namespace lemmata::scenarios
