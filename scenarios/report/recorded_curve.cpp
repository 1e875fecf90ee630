#include "scenarios/report/recorded_curve.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"
#include "scenarios/report/packed.h"

namespace lemmata::scenarios {
namespace {

/// The middle of sorted values, at least one.
double middle(const std::vector<double>& sorted) {
  const double one = sorted[(sorted.size() - 1) / 2], other = sorted[sorted.size() / 2];
  return one == other ? one : (one + other) / 2;
}

/// How many have a value, from record to record; records of which none has are not drawn and not counted.
struct Count {
  std::size_t least = SIZE_MAX, most = 0;

  void add(std::size_t number) {
    if (number == 0) return;
    least = std::min(least, number);
    most = std::max(most, number);
  }
  /// "all of 24 by expert", or "7 to 24 of 24 by expert that have a value".
  std::string text(std::size_t all, const std::string& what) const {
    const std::string whole = "of " + std::to_string(all) + " " + what;
    if (most == 0 || least == all) return "all " + whole;
    return (least < most ? std::to_string(least) + " to " : "") + std::to_string(most) + " " + whole +
           " that have a value";
  }
};

/// The load of every expert, (seed, step, expert) as `shape` has them; all alike where the file has none.
std::vector<double> loads(const analysis::ResultReader& result, const RecordedShape& shape, bool& is_there) {
  const std::size_t count = shape.seeds * shape.steps * shape.sizes[0];
  std::vector<std::string> axes = result.variable("attention_mass").dimensions;
  axes.pop_back();
  is_there = result.contains("load") && result.variable("load").dimensions == axes;
  std::vector<double> load = is_there ? result.values("load") : std::vector<double>(count, 1);
  if (load.size() != count)
    throw InputError(result.file().string(), "load", std::to_string(load.size()) + " values",
                     "one for each record and " + shape.more[0]);
  return load;
}

}  // namespace

void Spread::add(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
  const double none = std::numeric_limits<double>::quiet_NaN();
  lower.push_back(values.empty() ? none : values.front());
  upper.push_back(values.empty() ? none : values.back());
  median.push_back(values.empty() ? none : middle(values));
}

bool shape_of(const analysis::VariableInfo& info, RecordedShape& shape) {
  std::size_t axis = 0;
  if (!info.dimensions.empty() && info.dimensions[0] == "seed") shape.seeds = info.shape[axis++];
  if (axis >= info.dimensions.size() || info.dimensions[axis] != "step") return false;
  shape.steps = info.shape[axis++];
  for (; axis < info.dimensions.size(); ++axis) {
    shape.more.push_back(info.dimensions[axis]);
    shape.sizes.push_back(info.shape[axis]);
    shape.entries *= info.shape[axis];
  }
  return true;
}

Json curve_json(const analysis::VariableInfo& info, const RecordedShape& shape, const std::vector<double>& values) {
  Spread spread;
  Count entries, seeds;
  for (std::size_t step = 0; step < shape.steps; ++step) {
    std::vector<double> here;
    std::size_t seeds_here = 0;
    for (std::size_t seed = 0; seed < shape.seeds; ++seed) {
      const auto* first = values.data() + (seed * shape.steps + step) * shape.entries;
      here.insert(here.end(), first, first + shape.entries);
      const auto missing = std::count_if(first, first + shape.entries, [](double value) { return std::isnan(value); });
      const std::size_t there = shape.entries - static_cast<std::size_t>(missing);
      entries.add(there);
      seeds_here += there > 0 ? 1 : 0;
    }
    seeds.add(seeds_here);
    spread.add(std::move(here));
  }
  std::string band;
  if (shape.entries > 1) band = entries.text(shape.entries, "by " + shape.more.front());
  if (shape.seeds > 1) band += (band.empty() ? "" : ", and ") + seeds.text(shape.seeds, "seeds");
  if (!band.empty()) band += ", line: their median";
  Json curve = {{"units", info.units}, {"description", info.description}, {"median", packed(spread.median)}};
  if (!band.empty()) {
    curve["band"] = band;
    curve["lower"] = packed(spread.lower);
    curve["upper"] = packed(spread.upper);
  }
  return curve;
}

void add_mass(const analysis::ResultReader& result, const RecordedShape& shape, Json& curves) {
  static const char* const kinds[] = {"class signal", "label signal", "distractor", "noise"};
  const std::size_t experts = shape.sizes[0], count = shape.sizes[1];
  bool by_load = false;
  const std::vector<double> values = result.values("attention_mass"), load = loads(result, shape, by_load);
  analysis::VariableInfo info;
  info.units = "1";
  info.description = by_load ? "mean over experts, weighted by load" : "mean over experts, of those that have a value";
  RecordedShape one;
  one.seeds = shape.seeds;
  one.steps = shape.steps;
  for (std::size_t kind = 0; kind < std::min<std::size_t>(count, 4); ++kind) {
    std::vector<double> means;
    for (std::size_t record = 0; record < shape.seeds * shape.steps; ++record) {
      double sum = 0, weight = 0;
      for (std::size_t at = record * experts; at < (record + 1) * experts; ++at) {
        if (std::isnan(values[at * count + kind]) || !(load[at] > 0)) continue;
        sum += load[at] * values[at * count + kind];
        weight += load[at];
      }
      means.push_back(sum / weight);  // NaN where none has
    }
    curves["attention_mass: " + std::string(kinds[kind])] = curve_json(info, one, means);
  }
}

}  // namespace lemmata::scenarios
