#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace lemmata::scenarios {

/// Seeds of a list such as "0-19" or "1,5,7-9", in the order written.
/// @param source  where the list was written, and under which key, for errors.
/// @throws InputError on anything else, on repeated seeds and on more than 100,000.
std::vector<std::uint64_t> parse_seeds(const std::string& list, const std::string& source, const std::string& key);

}  // namespace lemmata::scenarios
