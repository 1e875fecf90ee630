#include "scenarios/boundary/plan.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/number_text.h"
#include "scenarios/boundary/boundary_run.h"
#include "scenarios/configuration/validate.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/system/system.h"
#include "sim/model/architecture.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t stages_run = 2;

Json object_schema(const std::vector<std::string>& required, const Json& properties) {
  return {{"type", "object"}, {"required", required}, {"additionalProperties", false}, {"properties", properties}};
}

const Json& boundary_schema() {
  static const Json number = {{"type", "number"}}, text = {{"type", "string"}, {"minLength", 1}},
                    flag = {{"type", "boolean"}}, differences = {{"type", "object"}};
  static const Json rows = object_schema(
      {"path", "values"},
      {{"path", text},
       {"values", {{"type", "array"}, {"minItems", 1}, {"maxItems", 100}, {"uniqueItems", true}, {"items", number}}},
       {"also", {{"type", "object"}}}});
  static const Json search =
      object_schema({"path", "low", "high", "scale", "direction"}, {{"path", text},
                                                                    {"low", number},
                                                                    {"high", number},
                                                                    {"scale", {{"enum", {"log", "linear"}}}},
                                                                    {"integer", flag},
                                                                    {"relative", flag},
                                                                    {"direction", {{"enum", {"rising", "falling"}}}},
                                                                    {"also", {{"type", "object"}}}});
  static const Json probability = {{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 1}};
  static const Json schema = object_schema(
      {"base", "rows", "search", "outcome"},
      {{"description", {{"type", "string"}}},
       {"base", text},
       {"differences", differences},
       {"rows", rows},
       {"search", search},
       {"outcome", {{"enum", outcome_names}}},
       {"probabilities",
        {{"type", "array"}, {"minItems", 1}, {"maxItems", 3}, {"uniqueItems", true}, {"items", probability}}},
       {"stop_width", {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}}},
       {"runs", {{"type", "integer"}, {"minimum", 1}, {"maximum", 10'000}}}});
  return schema;
}

std::vector<LinkedSetting> linked_of(const Json& parent, const std::string& key, const std::string& source) {
  static const Json number = {{"type", "number"}};
  static const Json schema = object_schema({}, {{"times", number}, {"plus", number}});
  std::vector<LinkedSetting> list;
  const Json also = parent.value("also", Json::object());
  for (const auto& [path, link] : also.items()) {
    Fault fault;
    if (find_fault(schema, link, key + ".also." + path, fault))
      throw InputError(source, fault.key, fault.found, fault.allowed);
    list.push_back({path, link.value("times", 1.0), link.value("plus", 0.0)});
  }
  return list;
}

BoundaryAxis axis_of(const Json& json, const std::string& source) {
  BoundaryAxis axis{json["path"],
                    json["low"],
                    json["high"],
                    json["scale"] == "log",
                    json.value("integer", false),
                    json.value("relative", false),
                    json["direction"] == "rising",
                    linked_of(json, "search", source)};
  const auto whole = [&](double value) { return !axis.integer || value == std::floor(value); };
  if ((axis.log_scale && !(axis.low > 0)) || !whole(axis.low))
    throw InputError(source, "search.low", shown(json["low"]),
                     std::string(axis.integer ? "an integer" : "a number") + (axis.log_scale ? " > 0" : ""));
  if (!(axis.high > axis.low) || !whole(axis.high))
    throw InputError(source, "search.high", shown(json["high"]),
                     std::string(axis.integer ? "an integer" : "a number") + " > search.low");
  return axis;
}

// Every row is a valid scenario at both ends, with all that its outcomes are read from.
void require_points(const BoundaryPlan& plan, const std::string& source) {
  try {
    for (std::size_t row = 0; row < plan.rows.values.size(); ++row) {
      for (const double value : {plan.search.low, plan.search.high}) {
        const Scenario scenario = point_scenario(plan, row, value);
        if (!sim::model_named(scenario.config.model.kind).gated || !scenario.settings.data_file.empty())
          throw InputError("", "base", plan.base, "a scenario of a model with a gate, on data of a law");
      }
    }
  } catch (const InputError& error) {
    throw within_plan(source, error);
  }
}

BoundaryPlan plan_of(const Json& json, const std::string& name, const std::string& source) {
  Fault fault;
  if (find_fault(boundary_schema(), json, "", fault)) throw InputError(source, fault.key, fault.found, fault.allowed);
  BoundaryPlan plan;
  static_cast<Study&>(plan) = study_of(json, name);
  plan.rows = {json["rows"]["path"], json["rows"]["values"], linked_of(json["rows"], "rows", source)};
  plan.search = axis_of(json["search"], source);
  const std::string outcome = json["outcome"];
  plan.outcome =
      static_cast<std::size_t>(std::find(outcome_names.begin(), outcome_names.end(), outcome) - outcome_names.begin());
  plan.rule.probabilities = json.value("probabilities", plan.rule.probabilities);
  std::sort(plan.rule.probabilities.begin(), plan.rule.probabilities.end());
  plan.rule.stop_width = json.value("stop_width", plan.rule.stop_width);
  plan.rule.most_trials = json.value("runs", plan.rule.most_trials);
  require_points(plan, source);
  return plan;
}

void add_setting(std::vector<Override>& list, const std::string& path, double value) {
  std::string text;
  analysis::append_shortest(text, value);
  list.push_back({path, text});
}

void add_setting(std::vector<Override>& list, const std::string& path, double value,
                 const std::vector<LinkedSetting>& also) {
  add_setting(list, path, value);
  for (const LinkedSetting& link : also) add_setting(list, link.path, link.times * value + link.plus);
}

}  // namespace

BoundaryPlan load_boundary(const std::string& name_or_file) {
  const PlanText text = plan_text(name_or_file, "boundary", shipped_boundaries());
  return plan_of(text.json, name_or_file, text.source);
}

double place_of(const BoundaryAxis& axis, double value) {
  const double up = axis.log_scale ? std::log(value / axis.low) / std::log(axis.high / axis.low)
                                   : (value - axis.low) / (axis.high - axis.low);
  return std::clamp(axis.rising ? up : 1 - up, 0.0, 1.0);
}

double value_at(const BoundaryAxis& axis, double place) {
  const double up = axis.rising ? place : 1 - place;
  const double value =
      axis.log_scale ? axis.low * std::pow(axis.high / axis.low, up) : axis.low + (axis.high - axis.low) * up;
  return std::clamp(axis.integer ? std::round(value) : value, axis.low, axis.high);
}

Scenario point_scenario(const BoundaryPlan& plan, std::size_t row, double value) {
  std::vector<Override> differences = plan.differences;
  const double of_row = plan.rows.values.at(row);
  add_setting(differences, plan.rows.path, of_row, plan.rows.also);
  add_setting(differences, plan.search.path, plan.search.relative ? value * of_row : value, plan.search.also);
  const Scenario scenario = load_scenario(plan.base, differences);
  require_mixture(scenario);
  return first_stages(scenario, stages_run);
}

}  // namespace lemmata::scenarios
