#include "scenarios/measure/stored.h"

#include <algorithm>
#include <limits>

namespace lemmata::scenarios {

void store(Evidence& evidence, const std::string& name, const std::vector<Axis>& axes, std::vector<double> values,
           const std::string& description) {
  std::vector<std::string> dimensions;
  for (const auto& [axis, size] : axes) {
    if (size == 0) return;
    evidence.stored.dimensions.emplace(axis, size);  // a second size is refused when the file is written
    dimensions.push_back(axis);
  }
  evidence.stored.variables.push_back({name, dimensions, std::move(values), "", description, {}});
}

void store_seeds(Evidence& evidence, const std::string& name, const std::vector<long>& seeds) {
  if (seeds.empty()) return;
  evidence.stored.dimensions.emplace(name, seeds.size());
  evidence.stored.variables.push_back(
      {name, {name}, std::vector<std::int64_t>(seeds.begin(), seeds.end()), "", "seed of the run", {}});
}

void store_rows(Evidence& evidence, const std::string& name, const std::string& row, const std::string& column,
                const std::vector<std::vector<double>>& rows, const std::string& description) {
  std::size_t longest = 0;
  for (const std::vector<double>& one : rows) longest = std::max(longest, one.size());
  std::vector<double> values;
  for (const std::vector<double>& one : rows) {
    values.insert(values.end(), one.begin(), one.end());
    values.resize(values.size() + longest - one.size(), std::numeric_limits<double>::quiet_NaN());
  }
  store(evidence, name, {{row, rows.size()}, {column, longest}}, std::move(values), description);
}

void fields_of(analysis::StepsToEps& reached, Fields& fields) {
  std::vector<double> levels = reached.levels(), values = reached.values();
  std::vector<long> steps = reached.steps();
  fields.series("eps", "level", levels, "eps");
  fields.series("steps_to_eps", "level", steps, "first step at which the value is <= eps; -1 = not reached");
  fields.series("value_there", "level", values, "the value at that step");
  analysis::StepsToEps again;  // the levels reached, one after the other, are all there is to know
  for (std::size_t i = 0; i < std::min(steps.size(), values.size()); ++i) {
    if (steps[i] >= 0) again.observe(steps[i], values[i]);
  }
  reached = again;
}

}  // namespace lemmata::scenarios
