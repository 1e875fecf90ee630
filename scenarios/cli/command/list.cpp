#include <nlohmann/json.hpp>

#include "scenarios/catalogue.h"
#include "scenarios/cli/output.h"

namespace lemmata::scenarios {
namespace {

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const std::string wanted = arguments.positionals().empty() ? "" : arguments.positionals()[0];
  std::string text, known;
  Json result = Json::object();
  for (const CatalogueKind& kind : catalogue()) {
    if (!known.empty()) known += " | ";
    known += kind.name;
    if (!wanted.empty() && wanted != kind.name) continue;
    std::vector<std::vector<std::string>> rows = {{kind.name, "", ""}};
    Json& list = result[kind.name] = Json::array();
    for (const CatalogueRow& row : kind.rows()) {
      rows.push_back({std::string("  ").append(row.name), row.description, row.source});
      list.push_back({{"name", row.name}, {"description", row.description}, {"source", row.source}});
      if (!row.formula.empty()) list.back()["formula"] = row.formula;
      if (!row.group.empty()) list.back()["group"] = row.group;
      if (!row.assumptions.empty()) list.back()["assumptions"] = row.assumptions;
      for (const CatalogueSetting& setting : row.settings) {
        rows.push_back({"    " + setting.name, "expected " + setting.expected + ", " + setting.cost, ""});
        list.back()["settings"].push_back(
            {{"name", setting.name}, {"expected", setting.expected}, {"cost", setting.cost}});
      }
    }
    if (!text.empty()) text += "\n";
    text += table(rows);
  }
  if (result.empty()) throw InputError("list", "", wanted, known);
  print_result(arguments, text, result);
  return 0;
}

}  // namespace

Command list_command() {
  return {"list",
          "what can be chosen by name: scenarios, claims, models, gates, losses, ...",
          "[KIND]",
          0,
          1,
          {json_option()},
          "KIND is one of the headings that the command prints without it.",
          "lemmata list scenarios",
          run};
}

}  // namespace lemmata::scenarios
