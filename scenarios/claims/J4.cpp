#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 2, steps = 1000;
constexpr double flow_step = 0.05, tolerance = 1e-10;

struct Scale {
  double temperature, normaliser, ratio;  // T, A, eta_z / eta_w
  const char* name;
};
constexpr Scale scales[] = {
    {0.5, 1, 1, "half_temperature"}, {2, 1, 1, "double_temperature"}, {1, 0.5, 1, "half_a"}, {1, 2, 1, "double_a"},
    {1, 1, 10, "fast_logits"},       {1, 1, 0.1, "slow_logits"},      {0.7, 1.5, 3, "all"}};

JointTraining training_of(const std::string& attention, const Scale& scale) {
  sim::LayerConfig layer = joint_layer(attention, "tanh", "upper");
  layer.temperature = scale.temperature, layer.normaliser = scale.normaliser;
  // The faster of the two moves at 0.05 a step, for as long as w would at 0.05 in 1,000 steps.
  const double faster = std::max(1.0, scale.ratio);
  JointTraining training =
      joint_training(layer, "rk4", flow_step / faster, {static_cast<long>(std::lround(faster * steps))});
  training.train["z"].learning_rate *= scale.ratio;
  return training;
}

/// @param judged  what the law is told; the traces are those of `scale`.
Quantity scaled_quantity(const std::string& what, const JointTraining& judged, const std::vector<JointTrace>& traces) {
  return {
      what + ": largest |left - right| over tokens and seeds", 0,
      worst(traces, [&](const JointTrace& trace) { return flow_sides(judged, trace.start(), trace.end()).residual(); }),
      tolerance, "joma.md J4: local error of rk4 over the steps"};
}

void check_scales(CheckContext& context, Evidence& evidence, const std::string& attention) {
  evidence.settings_hash = joint_scenario(attention).config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  std::vector<JointTrace> last;
  double least_change = 1e300;
  for (const Scale& scale : scales) {
    if (attention == "linear" && scale.temperature == 2) continue;  // it has no T: the run of T = 0.5 again
    const JointTraining training = training_of(attention, scale);
    last = joint_traces(context, scale.name, training, evidence.seeds);
    evidence.quantities.push_back(scaled_quantity("T = " + in_words(scale.temperature) +
                                                      ", A = " + in_words(scale.normaliser) +
                                                      ", eta_z/eta_w = " + in_words(scale.ratio),
                                                  training, last));
    for (const JointTrace& trace : last)
      least_change = std::min(least_change, flow_sides(training, trace.start(), trace.end()).change());
  }
  evidence.quantities.push_back({"least change of the left side over settings and seeds", 1e-5, least_change, 0,
                                 "1e5 times the bar, or nothing is shown", Criterion::at_least});
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "with all three changed the sides differ by " +
                    in_words(evidence.quantities[evidence.quantities.size() - 2].measured) + " where they change by " +
                    in_words(least_change) + " or more: " + verdict_in_words(evidence.verdict);
  JointTraining equal_rates = training_of(attention, scales[std::size(scales) - 1]), unit = equal_rates;
  equal_rates.train["z"] = equal_rates.train["w"];
  const Quantity without = scaled_quantity("law of equal rates", equal_rates, last);
  evidence.negative_controls = {{"the law without eta_z/eta_w", verdict_within({without}), {without}}};
  if (attention != "exp") return;  // linear attention has no T
  unit.layer.temperature = 1;
  const Quantity colder = scaled_quantity("law of T = 1", unit, last);
  unit.layer.temperature = 0.7 * 1.5;
  const Quantity normalised = scaled_quantity("law with A T for T", unit, last);
  evidence.negative_controls.push_back({"the law without T", verdict_within({colder}), {colder}});
  evidence.negative_controls.push_back({"the law with A in it", verdict_within({normalised}), {normalised}});
}

ClaimSetting setting(const std::string& attention) {
  return {attention, Verdict::supported, "quick",
          [=](CheckContext& context, Evidence& evidence) { check_scales(context, evidence, attention); }};
}

}  // namespace

ClaimEntry J4_claim() {
  return {
      "J4",
      "joma",
      "The joint invariant scales as 1/(2T) with the temperature and eta_z/eta_w with the rates, and the normaliser "
      "A has no part in it",
      R"(\text{exp:}\quad \frac{z - z(0)}{\eta_z} &= \frac{1}{2 T \eta_w} \sum_k \bigl(v_k^2 - v_k(0)^2\bigr) \\
\text{linear:}\quad \frac{z^2 - z(0)^2}{\eta_z} &= \frac{1}{\eta_w} \sum_k \bigl(v_k^2 - v_k(0)^2\bigr))",
      "theory/joma.md, Theorem 1 (that of arXiv 2310.00535 has T = 1 and equal rates)",
      {"tanh, a trained upper layer, Fig. 2 data, gaussian; rk4, the faster of w and z at "
       "0.05 a step, to the time at which w has gone 1,000 such steps",
       "linear attention has no temperature: its settings of T are runs of the same law"},
      {setting("exp"), setting("linear")}};
}

}  // namespace lemmata::scenarios
