#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/claims/claim.h"
#include "scenarios/configuration/sha256.h"

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

bool Quantity::is_number() const { return !(std::isnan(predicted) || std::isnan(measured) || std::isnan(tolerance)); }

const Quantity* not_a_number_among(const std::vector<Quantity>& quantities) {
  const auto found = std::find_if(quantities.begin(), quantities.end(),
                                  [](const Quantity& one) { return one.judged && !one.is_number(); });
  return found == quantities.end() ? nullptr : &*found;
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

// All that decides which records a check makes.
std::string journal_name(const ClaimEntry& claim, const ClaimSetting& setting, long seeds) {
  std::string name = claim.id + " " + setting.name;
  if (seeds > 0) name += " seeds " + std::to_string(seeds);
  return claim.definition.empty() ? name : name + " " + sha256(claim.definition + claim.scenarios);
}

// A verdict that rests on what is no number is none, unless a number refutes it by itself.
void require_numbers(Evidence& evidence) {
  const Quantity* none = not_a_number_among(evidence.quantities);
  const bool is_refuted_anyway =
      evidence.verdict == Verdict::refuted &&
      std::any_of(evidence.quantities.begin(), evidence.quantities.end(),
                  [](const Quantity& one) { return one.judged && one.is_number() && !one.holds(); });
  if (none == nullptr || is_refuted_anyway || evidence.verdict == Verdict::inconclusive) return;
  evidence.verdict = Verdict::inconclusive;
  evidence.reason = none->what + " is not a number; " + evidence.reason;
}

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
  require_numbers(evidence);
  const analysis::Dataset& kept = context.measurements.kept();
  evidence.stored.dimensions.insert(kept.dimensions.begin(), kept.dimensions.end());
  evidence.stored.variables.insert(evidence.stored.variables.end(), kept.variables.begin(), kept.variables.end());
  return evidence;
}

}  // namespace

Evidence check(const ClaimEntry& claim, const ClaimSetting& setting, CheckContext& context) {
  context.measurements =
      context.journal ? Measurements(*context.journal, journal_name(claim, setting, context.seeds)) : Measurements();
  return evidence_of(claim, setting, context);
}

Evidence derive_again(const ClaimEntry& claim, const ClaimSetting& setting, analysis::Dataset stored,
                      CheckContext& context) {
  context.measurements = Measurements(std::move(stored));
  return evidence_of(claim, setting, context);
}

}  // namespace lemmata::scenarios
