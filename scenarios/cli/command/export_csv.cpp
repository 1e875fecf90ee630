#include <nlohmann/json.hpp>

#include "analysis/result_reader.h"
#include "scenarios/cli/output.h"

namespace lemmata::scenarios {
namespace {

int run(const Arguments& arguments) {
  const std::optional<std::string> directory = arguments.text("csv");
  if (!directory) throw InputError("export", "--csv", "nothing", "the directory to write to");
  require_json_target(arguments);
  const analysis::ResultReader result(arguments.positionals()[0]);
  std::string text;
  Json files = Json::array();
  for (const std::filesystem::path& file : analysis::export_csv(result, *directory)) {
    text += file.string() + "\n";
    files.push_back(file.string());
  }
  print_result(arguments, text, {{"files", files}});
  return 0;
}

}  // namespace

Command export_csv_command() {
  return {"export",  "writes every recorded variable of a result file as CSV",
          "FILE.h5", 1,
          1,         {{"csv", "DIR", "directory for one NAME.csv per variable"}, json_option()},
          "",        "lemmata export result.h5 --csv curves",
          run};
}

}  // namespace lemmata::scenarios
