#pragma once
#include <string>
#include <vector>

#include "analysis/result_reader.h"
#include "scenarios/configuration/json_text.h"

// Recorded variables as the report draws them: a median with a named band.
namespace lemmata::scenarios {

/// Least, middle and largest of the values of each record, those of all seeds and entries. NaN is no value; infinity is
/// as good as any (of a run that diverged, of a level that is never reached).
struct Spread {
  std::vector<double> lower, median, upper;
  void add(std::vector<double> values);
};

/// The layout of a variable with the dimensions [seed,] step[, more].
struct RecordedShape {
  std::size_t seeds = 1, steps = 0, entries = 1;
  std::vector<std::string> more;  // names of the other dimensions
  std::vector<std::size_t> sizes;
};

/// @return false: the variable is not one over steps.
bool shape_of(const analysis::VariableInfo& info, RecordedShape& shape);

/// {"units", "description", "median", and of several seeds or entries "band", "lower", "upper"}, packed. The band says
/// of how many it is; where some have no value, how many have one.
/// @param values  as the file has them, NaN = none.
Json curve_json(const analysis::VariableInfo& info, const RecordedShape& shape, const std::vector<double>& values);

/// Adds "attention_mass: KIND" for every token kind: the mean over experts, weighted by their load, or over those that
/// have a value where the file has no variable `load`. The same as `lemmata plot --figure attention`.
/// Checked by: tests/scenarios/report_test.py, tests/scripts/plot_test.py.
void add_mass(const analysis::ResultReader& result, const RecordedShape& shape, Json& curves);

}  // namespace lemmata::scenarios
