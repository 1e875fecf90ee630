#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/claims/claim.h"

namespace lemmata::scenarios {
namespace {

// JSON has no NaN and no infinity: they are written as strings, so that nothing is lost in silence.
Json number(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

Json quantities_json(const std::vector<Quantity>& quantities) {
  Json list = Json::array();
  for (const Quantity& q : quantities) {
    list.push_back({{"what", q.what},
                    {"predicted", number(q.predicted)},
                    {"measured", number(q.measured)},
                    {"tolerance", number(q.tolerance)},
                    {"reason", q.reason},
                    {"criterion", criterion_name(q.criterion)},
                    {"judged", q.judged}});
  }
  return list;
}

Json controls_json(const std::vector<Control>& controls) {
  Json list = Json::array();
  for (const Control& control : controls) {
    list.push_back({{"what", control.what},
                    {"verdict", verdict_name(control.verdict)},
                    {"quantities", quantities_json(control.quantities)}});
  }
  return list;
}

}  // namespace

std::string verdict_name(Verdict verdict) {
  return verdict == Verdict::supported ? "supported" : verdict == Verdict::refuted ? "refuted" : "inconclusive";
}

std::string evidence_level_name(EvidenceLevel level) {
  return level == EvidenceLevel::proven ? "proven" : level == EvidenceLevel::numerical ? "numerical" : "statistical";
}

std::string criterion_name(Criterion criterion) {
  return criterion == Criterion::equal ? "equal" : criterion == Criterion::at_least ? "at_least" : "at_most";
}

bool Quantity::holds() const {
  if (criterion == Criterion::at_least) return measured - tolerance >= predicted;
  if (criterion == Criterion::at_most) return measured + tolerance <= predicted;
  return std::abs(measured - predicted) <= tolerance;
}

bool Evidence::controls_hold() const {
  const auto is_supported = [](const Control& control) { return control.verdict == Verdict::supported; };
  if (verdict == Verdict::supported && negative_controls.empty()) return false;
  if (verdict == Verdict::refuted && positive_controls.empty()) return false;
  return std::none_of(negative_controls.begin(), negative_controls.end(), is_supported) &&
         std::all_of(positive_controls.begin(), positive_controls.end(), is_supported);
}

bool Evidence::is_as_expected() const { return verdict == expected && controls_hold(); }

Json json_from_evidence(const Evidence& e) {
  Json json = {{"id", e.id},         {"setting", e.setting},           {"statement", e.statement},
               {"source", e.source}, {"assumptions", e.assumptions},   {"settings_hash", e.settings_hash},
               {"seeds", e.seeds},   {"seeds_wanted", e.seeds_wanted}, {"quantities", quantities_json(e.quantities)}};
  json["interval"] = e.interval ? Json::array({number(e.interval->lower), number(e.interval->upper)}) : Json();
  json["interval_of"] = e.interval_of;
  json["evidence_level"] = evidence_level_name(e.evidence_level);
  json["verdict"] = verdict_name(e.verdict);
  json["expected"] = verdict_name(e.expected);
  json["reason"] = e.reason;
  json["negative_controls"] = controls_json(e.negative_controls);
  json["positive_controls"] = controls_json(e.positive_controls);
  json["files"] = e.files;
  json["cost"] = e.cost;
  if (!e.definition.empty()) json["definition"] = Json::parse(e.definition);
  return json;
}

namespace {

Evidence evidence_of(const ClaimEntry& claim, const ClaimSetting& setting, CheckContext& context) {
  Evidence evidence;
  evidence.id = claim.id;
  evidence.statement = claim.statement;
  evidence.source = claim.source;
  evidence.assumptions = claim.assumptions;
  evidence.setting = setting.name;
  evidence.expected = setting.expected;
  evidence.cost = setting.cost;
  evidence.seeds_wanted = context.seeds;
  evidence.definition = claim.definition;
  setting.check(context, evidence);
  const analysis::Dataset& kept = context.measurements.kept();
  evidence.stored.dimensions.insert(kept.dimensions.begin(), kept.dimensions.end());
  evidence.stored.variables.insert(evidence.stored.variables.end(), kept.variables.begin(), kept.variables.end());
  return evidence;
}

}  // namespace

Evidence check(const ClaimEntry& claim, const ClaimSetting& setting, CheckContext& context) {
  context.measurements = {};
  return evidence_of(claim, setting, context);
}

Evidence derive_again(const ClaimEntry& claim, const ClaimSetting& setting, analysis::Dataset stored,
                      CheckContext& context) {
  context.measurements = Measurements(std::move(stored));
  return evidence_of(claim, setting, context);
}

}  // namespace lemmata::scenarios
