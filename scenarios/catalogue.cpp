#include "scenarios/catalogue.h"

#include <nlohmann/json.hpp>

#include "scenarios/claims/claim.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/scenario_library.h"
#include "scenarios/metrics/metric.h"
#include "scenarios/system/system.h"
#include "sim/activation/activation.h"
#include "sim/attention/attention.h"
#include "sim/data/law.h"
#include "sim/expert/form.h"
#include "sim/gate/gate.h"
#include "sim/loss/loss.h"
#include "sim/model/architecture.h"
#include "sim/optimizer/optimizer.h"

namespace lemmata::scenarios {
namespace {

template <auto entries>
std::vector<CatalogueRow> rows_of() {
  std::vector<CatalogueRow> rows;
  for (const auto& entry : entries()) rows.push_back({entry.name, entry.description, entry.source});
  return rows;
}

std::vector<CatalogueRow> scenario_rows() {
  std::vector<CatalogueRow> rows;
  for (const ShippedScenario& scenario : shipped_scenarios()) {
    const Json json = parse_json(std::string(scenario.json), std::string(scenario.name));
    rows.push_back({std::string(scenario.name), json.value("description", ""),
                    json.contains("base") ? "differs from " + json.value("base", "") : ""});
  }
  return rows;
}

template <auto studies>
std::vector<CatalogueRow> study_rows() {
  std::vector<CatalogueRow> rows;
  for (const ShippedScenario& study : studies()) {
    const Json json = parse_json(std::string(study.json), std::string(study.name));
    rows.push_back({std::string(study.name), json.value("description", ""), "from " + json.value("base", "")});
  }
  return rows;
}

std::vector<CatalogueRow> claim_rows() {
  std::vector<CatalogueRow> rows;
  for (const ClaimEntry& claim : claims()) {
    rows.push_back({claim.id, claim.statement, claim.source, {}, claim.group, claim.formula, claim.assumptions});
    for (const ClaimSetting& setting : claim.settings)
      rows.back().settings.push_back({setting.name, verdict_name(setting.expected), setting.cost});
  }
  return rows;
}

}  // namespace

std::span<const CatalogueKind> catalogue() {
  static const CatalogueKind kinds[] = {
      {"scenarios", scenario_rows},
      {"maps", study_rows<shipped_maps>},
      {"boundaries", study_rows<shipped_boundaries>},
      {"claims", claim_rows},
      {"models", rows_of<sim::models>},
      {"data", rows_of<sim::data_laws>},
      {"forms", rows_of<sim::forms>},
      {"activations", rows_of<sim::activations>},
      {"attentions", rows_of<sim::attentions>},
      {"gates", rows_of<sim::gates>},
      {"losses", rows_of<sim::losses>},
      {"optimizers", rows_of<sim::optimizers>},
      {"metrics", rows_of<metrics>},
      {"systems", rows_of<systems>},
  };
  return kinds;
}

}  // namespace lemmata::scenarios
