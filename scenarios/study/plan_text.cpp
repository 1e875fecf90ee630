#include "scenarios/study/plan_text.h"

#include "scenarios/configuration/sha256.h"

namespace lemmata::scenarios {

Study study_of(const Json& json, const std::string& name) {
  return {name, json.value("description", ""), json["base"], overrides_of(json.value("differences", Json::object())),
          sha256(json.dump())};
}

PlanText plan_text(const std::string& name_or_file, const std::string& kind, std::span<const ShippedScenario> shipped) {
  if (name_or_file.ends_with(".json")) return {read_json_file(name_or_file), name_or_file};
  std::string names;
  for (const ShippedScenario& one : shipped) {
    if (one.name == name_or_file) return {parse_json(std::string(one.json), name_or_file), kind + " " + name_or_file};
    names += (names.empty() ? "" : " | ") + std::string(one.name);
  }
  throw InputError("", kind, name_or_file, names + ", or a .json file");
}

InputError within_plan(const std::string& source, const InputError& error) {
  return InputError(error.source().empty() ? source : source + ": " + error.source(), error.key(), error.found(),
                    error.allowed());
}

}  // namespace lemmata::scenarios
