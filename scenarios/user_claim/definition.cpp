#include "scenarios/user_claim/definition.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/seed_list.h"
#include "scenarios/configuration/validate.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/run/recorder.h"
#include "scenarios/run/result_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

Json text_schema() { return {{"type", "string"}, {"minLength", 1}}; }

Json expression_schema() { return {{"anyOf", {text_schema(), {{"type", "number"}}}}}; }

Json object_schema(const std::vector<std::string>& required, const Json& properties) {
  return {{"type", "object"}, {"required", required}, {"additionalProperties", false}, {"properties", properties}};
}

const Json& claim_schema() {
  static const Json names = {{"enum", {"supported", "refuted", "inconclusive"}}};
  static const Json bound = object_schema({"what", "measured", "criterion", "predicted", "tolerance", "reason"},
                                          {{"what", text_schema()},
                                           {"measured", text_schema()},
                                           {"criterion", {{"enum", {"equal", "at_least", "at_most"}}}},
                                           {"predicted", expression_schema()},
                                           {"tolerance", expression_schema()},
                                           {"reason", text_schema()}});
  static const Json control =
      object_schema({"what", "kind", "differences"}, {{"what", text_schema()},
                                                      {"kind", {{"enum", {"negative", "positive"}}}},
                                                      {"scenario", text_schema()},
                                                      {"differences", {{"type", "object"}}}});
  static const Json schema =
      object_schema({"id", "statement", "scenario", "seeds", "quantities", "expected", "controls"},
                    {{"id", text_schema()},
                     {"statement", text_schema()},
                     {"source", {{"type", "string"}}},
                     {"assumptions", {{"type", "array"}, {"items", text_schema()}}},
                     {"scenario", text_schema()},
                     {"differences", {{"type", "object"}}},
                     {"seeds", text_schema()},
                     {"quantities", {{"type", "array"}, {"minItems", 1}, {"maxItems", 100}, {"items", bound}}},
                     {"share", {{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 1}}},
                     {"expected", names},
                     {"cost", {{"enum", {"quick", "long"}}}},
                     {"controls", {{"type", "array"}, {"minItems", 1}, {"maxItems", 20}, {"items", control}}}});
  return schema;
}

std::string required_id(const Json& json, const std::string& source) {
  const std::string id = json["id"];
  const bool plain = id.size() <= 100 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '_' || c == '-';
                     });
  const bool taken =
      std::any_of(claims().begin(), claims().end(), [&](const ClaimEntry& claim) { return claim.id == id; });
  if (!plain || taken)
    throw InputError(source, "id", id, "letters, digits, _ and -, at most 100, no id of a claim that is built in");
  return id;
}

// Shipped, or a file beside the claim's.
Scenario scenario_of(const Json& json, const std::string& key, const std::string& name, const std::string& source) {
  const std::vector<Override> overrides = overrides_of(json);
  const bool file = std::filesystem::path(name).extension() == ".json";
  try {
    return load_scenario(file ? (std::filesystem::path(source).parent_path() / name).string() : name, overrides);
  } catch (const InputError& error) {
    throw InputError(source, key, std::string(error.what()), "a scenario, with differences that it allows");
  }
}

// One step of what the scenario records, to try expressions on.
RecordedRun one_step(const Scenario& scenario) {
  std::vector<analysis::VariableSpec> variables;
  Dimensions sizes;
  if (is_mixture(scenario)) {
    const sim::Experiment experiment = prepare_experiment(scenario);
    variables = Recorder(experiment, record_plan(scenario), {}).variables();
    sizes = dimensions_of(experiment);
  } else {
    const std::unique_ptr<Simulation> simulation = make_simulation(scenario);
    variables = recorded_variables(*simulation);
    sizes = simulation->dimensions();
  }
  RecordedRun run;
  run.steps = {0};
  for (const analysis::VariableSpec& variable : variables) {
    Recorded& recorded = run.variables[variable.name];
    for (std::size_t axis = 1; axis < variable.dimensions.size(); ++axis)
      recorded.width *= sizes.at(variable.dimensions[axis]);
    recorded.values.assign(recorded.width, 1);
  }
  return run;
}

// An expression whose names are all recorded, and whose value is one number.
Expression expression_of(const Json& json, const std::string& key, const RecordedRun& tried,
                         const std::string& source) {
  const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
  try {
    const Expression expression(text);
    for (const auto& [name, position] : expression.variables()) {
      if (tried.variables.count(name) > 0) continue;
      std::string known;
      for (const auto& [one, values] : tried.variables) known += (known.empty() ? "" : ", ") + one;
      throw ExpressionError(position, "the variable " + name, "what the scenario records: " + known);
    }
    expression.evaluate(tried);
    return expression;
  } catch (const ExpressionError& error) {
    throw InputError(source, key, "`" + text + "`: " + error.what(), "an expression by contract.md");
  }
}

Criterion criterion_of(const std::string& name) {
  return name == "equal" ? Criterion::equal : name == "at_least" ? Criterion::at_least : Criterion::at_most;
}
Verdict verdict_of(const std::string& name) {
  return name == "supported" ? Verdict::supported : name == "refuted" ? Verdict::refuted : Verdict::inconclusive;
}

std::vector<UserBound> bounds_of(const Json& json, const Scenario& scenario, const std::string& source) {
  const RecordedRun tried = one_step(scenario);
  std::vector<UserBound> list;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto read = [&](const char* key) {
      return expression_of(json[i][key], "quantities." + std::to_string(i) + "." + key, tried, source);
    };
    list.push_back({json[i]["what"], json[i]["reason"], read("measured"), read("predicted"), read("tolerance"),
                    criterion_of(json[i]["criterion"])});
  }
  return list;
}

}  // namespace

UserDefinition user_definition(const Json& json, const std::string& source) {
  Fault fault;
  if (find_fault(claim_schema(), json, "", fault)) throw InputError(source, fault.key, fault.found, fault.allowed);
  UserDefinition claim;
  claim.id = required_id(json, source);
  claim.statement = json["statement"];
  claim.source = json.value("source", "");
  for (const Json& line : json.value("assumptions", Json::array())) claim.assumptions.push_back(line);
  const std::string name = json["scenario"];
  claim.scenario = scenario_of(json.value("differences", Json::object()), "differences", name, source);
  for (const std::uint64_t seed : parse_seeds(json["seeds"], source, "seeds"))
    claim.seeds.push_back(static_cast<long>(seed));
  claim.bounds = bounds_of(json["quantities"], claim.scenario, source);
  claim.share = json.value("share", 0.0);
  claim.expected = verdict_of(json["expected"]);
  claim.cost = json.value("cost", "quick");
  const Json& controls = json["controls"];
  for (std::size_t i = 0; i < controls.size(); ++i) {
    const std::string key = "controls." + std::to_string(i);
    // The claim's own differences first: a control breaks one hypothesis, not all of them.
    Json differences = json.value("differences", Json::object());
    differences.update(controls[i]["differences"]);
    claim.controls.push_back(
        {controls[i]["what"], controls[i]["kind"] == "negative",
         scenario_of(differences, key + ".differences", controls[i].value("scenario", name), source)});
    bounds_of(json["quantities"], claim.controls.back().scenario, source);  // its scenario records them too
  }
  return claim;
}

}  // namespace lemmata::scenarios
