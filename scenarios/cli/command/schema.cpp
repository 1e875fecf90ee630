#include <iostream>
#include <nlohmann/json.hpp>

#include "scenarios/cli/output.h"
#include "scenarios/configuration/settings_json.h"

namespace lemmata::scenarios {
namespace {

int run(const Arguments& arguments) {
  require_json_target(arguments);
  print_result(arguments, settings_schema().dump(2) + "\n", settings_schema());
  return 0;
}

}  // namespace

Command schema_command() {
  return {"schema", "the JSON Schema of scenario files, for editors", "", 0, 0, {json_option()},
          "An editor that knows JSON Schema completes and checks scenario files with it.",
          "lemmata schema > lemmata.schema.json", run};
}

}  // namespace lemmata::scenarios
