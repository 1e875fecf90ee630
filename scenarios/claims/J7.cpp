#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 3, steps = 1000, many_queries = 4;
constexpr double flow_step = 0.05;

JointTraining training_of(const std::string& attention, const std::string& upstream, long queries) {
  sim::LayerConfig layer = joint_layer(attention, "tanh", upstream);
  layer.data.queries = queries;
  return joint_training(layer, "rk4", flow_step, {steps});
}

/// Largest over queries and seeds of ||left of one query - right|| / ||right||, right that of the shared nodes.
Quantity query_quantity(const std::string& upstream, const JointTraining& training,
                        const std::vector<JointTrace>& traces) {
  return {upstream + ": ||left of one query - right|| / ||right||, worst query and seed", 0,
          worst(traces,
                [&](const JointTrace& trace) {
                  const Matrix left = logit_change(training, trace.start(), trace.end());
                  const Vector right = flow_sides(training, trace.start(), trace.end()).predicted;
                  return (left.colwise() - right).colwise().norm().maxCoeff<Eigen::PropagateNaN>() / right.norm();
                }),
          0.5, "joma.md J7: half of the right side"};
}

Quantity sum_quantity(const std::string& what, const JointTraining& training, const std::vector<JointTrace>& traces,
                      double factor = 1) {
  return {what + ": largest |sum over queries - right| over tokens and seeds", 0,
          worst(traces,
                [&](const JointTrace& trace) {
                  const JointSides sides = flow_sides(training, trace.start(), trace.end());
                  return JointSides{factor * sides.measured, sides.predicted}.residual();
                }),
          1e-10, "joma.md J7: local error of rk4 over 1,000 steps"};
}

Quantity moved_quantity(const JointTraining& training, const std::vector<JointTrace>& traces) {
  const double change =
      least(traces, [&](const JointTrace& trace) { return flow_sides(training, trace.start(), trace.end()).change(); });
  return {"least change of the summed left side over seeds",
          1e-5,
          change,
          0,
          "1e5 times the bar, or nothing is shown",
          Criterion::at_least};
}

void check_sum(CheckContext& context, Evidence& evidence, const std::string& attention) {
  evidence.settings_hash = joint_scenario(attention).config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  for (const char* upstream : {"cross_entropy", "upper"}) {
    const JointTraining training = training_of(attention, upstream, many_queries);
    const std::vector<JointTrace> traces = joint_traces(context, upstream, training, evidence.seeds);
    evidence.quantities.push_back(sum_quantity(upstream, training, traces));
    evidence.quantities.push_back(moved_quantity(training, traces));
    const std::vector<Quantity> mean = {sum_quantity("mean over queries", training, traces, 1.0 / many_queries)};
    evidence.negative_controls.push_back(
        {std::string(upstream) + ", the mean over queries in place of the sum", verdict_within(mean), mean});
  }
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "summed over 4 queries the sides differ by " + in_words(evidence.quantities[0].measured) + " and " +
                    in_words(evidence.quantities[2].measured) + ": " + verdict_in_words(evidence.verdict);
}

void check_each(CheckContext& context, Evidence& evidence, const std::string& attention) {
  evidence.settings_hash = joint_scenario(attention).config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  for (const char* upstream : {"cross_entropy", "upper"}) {
    const JointTraining training = training_of(attention, upstream, many_queries);
    evidence.quantities.push_back(
        query_quantity(upstream, training, joint_traces(context, upstream, training, evidence.seeds)));
  }
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "of 4 queries that share the nodes the worst is off by " +
                    in_words(evidence.quantities[0].measured) +
                    " of the right side: " + verdict_in_words(evidence.verdict);
  const JointTraining one = training_of(attention, "cross_entropy", 1);
  JointTraining adam = one;
  for (auto& [block, training] : adam.train) training = {"adam", 0.01};
  const std::vector<Quantity> held = {
      query_quantity("one query", one, joint_traces(context, "one_query", one, evidence.seeds))};
  const std::vector<Quantity> drifted = {
      query_quantity("adam", adam, joint_traces(context, "control_adam", adam, evidence.seeds))};
  evidence.positive_controls = {{"one query", verdict_within(held), held}};
  evidence.negative_controls = {{"one query under adam", verdict_within(drifted), drifted}};
}

ClaimSetting setting(const std::string& attention, bool each) {
  return {attention + (each ? ", each query" : ", summed over queries"), each ? Verdict::refuted : Verdict::supported,
          "quick", [=](CheckContext& context, Evidence& evidence) {
            (each ? check_each : check_sum)(context, evidence, attention);
          }};
}

}  // namespace

ClaimEntry J7_claim() {
  return {
      "J7",
      "joma",
      "Several queries that share their nodes: the joint invariant holds for the sum over queries (claimed for each "
      "query: refuted)",
      R"(\text{exp:}\quad \sum_q \bigl[z^{(q)} - z^{(q)}(0)\bigr] &=
  r = \frac{1}{2T} \sum_k \bigl(v_k^2 - v_k(0)^2\bigr) \\
\text{linear:}\quad \sum_q \bigl[(z^{(q)})^2 - z^{(q)}(0)^2\bigr] &= r = \sum_k \bigl(v_k^2 - v_k(0)^2\bigr) \\
\text{each query:}\quad \bigl\|\Delta^{(q)} - r\bigr\| &\le \tfrac12 \|r\|,
  \qquad \Delta^{(q)} \text{ the summand of } q)",
      "arXiv 2310.00535, Theorem 1 (one query); theory/joma.md, Theorem 1",
      {"tanh, Fig. 2 data, gaussian, 4 queries asked in turn; rk4 0.05, 1,000 steps, T = 1",
       "exp: z - z(0), linear: z^2 - z(0)^2, of one query or summed, against sum_k (v_k^2 - v_k(0)^2) / (2T) and "
       "without 2T"},
      {setting("exp", false), setting("linear", false), setting("exp", true), setting("linear", true)}};
}

}  // namespace lemmata::scenarios
