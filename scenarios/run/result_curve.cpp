#include "scenarios/run/result_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {
namespace {

// Number, from 1, of the stage that is meant. @throws InputError.
std::size_t stage_number(const analysis::ResultReader& result, const std::string& stage,
                         std::optional<std::size_t> seed) {
  std::vector<std::string> names = stage_names(result);
  if (names.empty()) {  // no attribute: stages have their numbers
    for (std::size_t i = 1; i <= last_stage_reached(result, seed); ++i) names.push_back(std::to_string(i));
  }
  std::string allowed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == stage || std::to_string(i + 1) == stage) return i + 1;
    allowed += (i == 0 ? "" : " | ") + names[i];
  }
  throw InputError(result.file().string(), "--stage", stage,
                   allowed.empty() ? "no stage: the file does not tell its stages apart" : allowed);
}

// First and last step of a stage: from its first record to the first of the next (which is its last state).
std::pair<double, double> stage_range(const analysis::ResultReader& result, std::size_t number,
                                      std::optional<std::size_t> seed) {
  const auto [step, stage] = result.curve("step", "stage", seed);
  double first = std::numeric_limits<double>::quiet_NaN(), last = first;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (std::isnan(stage[i])) continue;  // a step that only other seeds recorded
    const auto here = static_cast<std::size_t>(stage[i]);
    if (here < number) continue;
    if (here == number && std::isnan(first)) first = step[i];
    if (!std::isnan(first)) last = step[i];
    if (here > number) break;
  }
  return {first, last};
}

}  // namespace

std::vector<std::string> stage_names(const analysis::ResultReader& result) {
  const analysis::Attributes attributes = result.attributes();
  const auto found = attributes.find("stages");
  std::vector<std::string> names;
  if (found == attributes.end() || !std::holds_alternative<std::string>(found->second)) return names;
  const Json list = parse_json(std::get<std::string>(found->second), result.file().string() + ": stages");
  if (!list.is_array()) return names;
  for (const Json& name : list) names.push_back(name.is_string() ? name.get<std::string>() : "");
  return names;
}

std::size_t last_stage_reached(const analysis::ResultReader& result, std::optional<std::size_t> seed) {
  if (!result.contains("stage")) return 0;
  const auto [step, stage] = result.curve("step", "stage", seed);
  std::size_t last = 0;
  for (const double number : stage) {
    if (number > 0)
      last = std::max(last, static_cast<std::size_t>(number));  // NaN: a step that only other seeds recorded
  }
  return last;
}

std::vector<std::int64_t> seeds_of(const analysis::ResultReader& result) {
  return result.contains("seed") ? result.integers("seed") : std::vector<std::int64_t>{};
}

CurvePart curve_window(const std::vector<double>& x, const std::vector<double>& y, const StepWindow& window) {
  CurvePart part;
  part.origin = window.from.value_or(x.empty() ? 0 : std::min(0.0, *std::min_element(x.begin(), x.end())));
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (window.from && !(x[i] >= *window.from)) continue;
    if (window.to && !(x[i] <= *window.to)) continue;
    part.time.push_back(x[i] - part.origin);
    part.value.push_back(y[i]);
  }
  return part;
}

LastStage last_stage(const analysis::ResultReader& result, std::optional<std::size_t> seed) {
  const std::vector<std::string> names = stage_names(result);
  const std::size_t reached = last_stage_reached(result, seed), last = names.empty() ? reached : names.size();
  if (last == 0) return {{}, "whole curve"};
  return {{std::to_string(last), {}, {}},
          "stage " + (names.empty() ? std::to_string(last) : names.back()),
          reached >= last};
}

CurvePart result_curve(const analysis::ResultReader& result, const std::string& x, const std::string& y,
                       const StepWindow& window, std::optional<std::size_t> seed) {
  StepWindow steps = window;
  if (window.stage) {
    const auto [first, last] = stage_range(result, stage_number(result, *window.stage, seed), seed);
    if (std::isnan(first))
      throw InputError(result.file().string(), "--stage", *window.stage, "a stage with at least one record");
    steps.from = first;
    steps.to = last;
  }
  const auto [time, value] = result.curve(x, y, seed);
  return curve_window(time, value, steps);
}

}  // namespace lemmata::scenarios
