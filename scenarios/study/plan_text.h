#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/configuration/scenario_library.h"

// What maps and boundaries share: studies of many runs, planned by a JSON file, shipped or the user's.
namespace lemmata::scenarios {

/// A study's JSON, and what errors call it.
struct PlanText {
  Json json;
  std::string source;
};

/// What every study is: a base scenario and how all of its runs differ from it.
struct Study {
  std::string name, description, base;
  std::vector<Override> differences;  ///< of every run from the base
  std::string hash;                   ///< SHA-256 of the study's JSON
};

/// @param json  that a schema with `base`, and maybe `description` and `differences`, has let pass.
Study study_of(const Json& json, const std::string& name);

/// A shipped study, or a .json file.
/// @param kind  "map" or "boundary", for errors.
/// @throws InputError naming the shipped ones.
PlanText plan_text(const std::string& name_or_file, const std::string& kind, std::span<const ShippedScenario> shipped);

/// The same fault of a scenario that a study is made of, with the study's source in front.
InputError within_plan(const std::string& source, const InputError& error);

}  // namespace lemmata::scenarios
