#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/cli/command.h"

namespace lemmata::scenarios {

/// Seeds of a list such as "0-19" or "1,5,7-9", in the order written.
/// @throws InputError on anything else, on repeated seeds and on more than 100,000.
std::vector<std::uint64_t> parse_seeds(const std::string& list);

/// --threads T; default: all cores.
Option threads_option();
int thread_count(const Arguments& arguments);

}  // namespace lemmata::scenarios
