#include "scenarios/study/plan_text.h"

namespace lemmata::scenarios {

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
