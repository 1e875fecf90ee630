#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lemmata::scenarios {

/// The numbers of one record, in the order of its line; null is NaN.
using RecordNumbers = std::vector<std::pair<std::string, double>>;

/// The numbers of a line of a JSON-lines file: the keys of its object whose value is a number or null. What stands
/// deeper is passed over. Takes time in proportion to the line, whatever it holds.
/// @return none if the line is no JSON object (NaN and numbers beyond a double are no JSON).
/// Checked by: tests/scenarios/watched_run_test.cpp.
std::optional<RecordNumbers> numbers_of_line(std::string_view line);

/// The number of that key, or NaN: the first if it is there twice.
double number_of(const RecordNumbers& record, std::string_view key);

}  // namespace lemmata::scenarios
