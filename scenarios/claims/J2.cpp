#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 5, steps = 500, batch = 5;
constexpr double tolerance = 1e-11;

// A learning rate of w, one of z and of the upper layer, and the model.
struct Case {
  const char *attention, *activation, *upstream;
  double value_rate, logit_rate;
  long queries;
  const char* name;
};
// The caution of joma.md: with exp attention and phi = z or z^2 large rates leave the stable region; those stay small.
// With exp attention a fixed g drives v to infinity in finite time, which 500 steps of 0.02 reach; 0.01 stays before
// it.
constexpr Case cases[] = {{"exp", "tanh", "cross_entropy", 1, 1, 1, "exp_tanh"},
                          {"exp", "relu", "upper", 0.5, 0.1, 1, "exp_relu"},
                          {"exp", "silu", "fixed", 0.01, 0.01, 1, "exp_silu"},
                          {"exp", "identity", "cross_entropy", 0.1, 0.1, 4, "exp_identity"},
                          {"exp", "square", "upper", 0.02, 0.1, 1, "exp_square"},
                          {"linear", "tanh", "upper", 1, 1, 1, "linear_tanh"},
                          {"linear", "relu", "cross_entropy", 0.1, 1, 1, "linear_relu"},
                          {"linear", "silu", "fixed", 0.05, 0.05, 1, "linear_silu"},
                          {"linear", "identity", "cross_entropy", 1, 0.5, 4, "linear_identity"},
                          {"linear", "square", "upper", 1, 1, 1, "linear_square"}};

JointTraining training_of(const Case& one, long samples_of_a_batch, const std::string& optimizer = "gd") {
  sim::LayerConfig layer = joint_layer(one.attention, one.activation, one.upstream);
  layer.temperature = 0.5;
  layer.data.queries = one.queries, layer.data.batch = samples_of_a_batch;
  JointTraining training = joint_training(layer, optimizer, one.logit_rate, {steps});
  training.train["w"].learning_rate = one.value_rate;
  return training;
}

std::string case_in_words(const Case& one) {
  return std::string(one.attention) + ", " + one.activation + ", " + one.upstream + ", rates " +
         in_words(one.value_rate) + " and " + in_words(one.logit_rate) +
         (one.queries > 1 ? ", " + std::to_string(one.queries) + " queries" : "");
}

/// Largest residual over tokens, relative to the largest change, over seeds. @param sides  of a trace.
template <class Sides>
Quantity identity_quantity(const std::string& what, const std::vector<JointTrace>& traces, const Sides& sides) {
  return {what + ": largest |left - right| / largest |left| over tokens, worst seed", 0,
          worst(traces, [&](const JointTrace& trace) { return sides(trace).residual() / sides(trace).change(); }),
          tolerance, "joma.md J2: rounding of sums over 500 steps"};
}

Quantity exact_quantity(const std::string& what, const JointTraining& training, const std::vector<JointTrace>& traces) {
  return identity_quantity(what, traces,
                           [&](const JointTrace& trace) { return step_sides(training, trace.start(), trace.end()); });
}

void add_controls(CheckContext& context, Evidence& evidence, long samples_of_a_batch,
                  const std::vector<JointTrace>& first) {
  const JointTraining gd = training_of(cases[0], samples_of_a_batch),
                      momentum = training_of(cases[0], samples_of_a_batch, "momentum");
  const Quantity without = identity_quantity(
      "without its sum", first, [&](const JointTrace& trace) { return flow_sides(gd, trace.start(), trace.end()); });
  const Quantity heavy =
      exact_quantity("momentum", momentum, joint_traces(context, "control_momentum", momentum, evidence.seeds));
  const Quantity colder = identity_quantity("T = 1", first, [&](const JointTrace& trace) {
    JointTraining other = gd;
    other.layer.temperature = 1;
    return step_sides(other, trace.start(), trace.end());
  });
  evidence.negative_controls = {
      {"the law of the flow: the identity without lr^2 sum dv^2", verdict_within({without}), {without}},
      {"momentum in place of gd", verdict_within({heavy}), {heavy}},
      {"the identity of another temperature", verdict_within({colder}), {colder}}};
}

void check_identities(CheckContext& context, Evidence& evidence, long samples_of_a_batch) {
  evidence.settings_hash = joint_scenario("exp").config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  std::vector<JointTrace> first;
  for (const Case& one : cases) {
    const JointTraining training = training_of(one, samples_of_a_batch);
    const std::vector<JointTrace> traces = joint_traces(context, one.name, training, evidence.seeds);
    if (first.empty()) first = traces;
    evidence.quantities.push_back(exact_quantity(case_in_words(one), training, traces));
  }
  evidence.verdict = verdict_within(evidence.quantities);
  const std::vector<double> residuals =
      numbers_of(evidence.quantities, [](const Quantity& quantity) { return quantity.measured; });
  evidence.reason = "the sides differ by at most " + in_words(largest_of(residuals)) +
                    " of the change, at rates from 0.01 to 1: " + verdict_in_words(evidence.verdict);
  add_controls(context, evidence, samples_of_a_batch, first);
}

ClaimSetting setting(const std::string& name, long samples_of_a_batch) {
  return {name, Verdict::supported, "quick",
          [=](CheckContext& context, Evidence& evidence) { check_identities(context, evidence, samples_of_a_batch); }};
}

}  // namespace

ClaimEntry J2_claim() {
  return {"J2",
          "joma",
          "Discrete joint identities: gradient descent with any step obeys Theorem 1 exactly once the sums of squared "
          "steps are taken off, with minibatches too",
          R"(\text{exp:}\quad z_t - z_0 &= \frac{1}{2T} \Bigl[\textstyle\sum_k (v_{k,t}^2 - v_{k,0}^2)
  - \eta_w^2 \sum_{s < t} \sum_k \dot v_{k,s}^2\Bigr] \frac{\eta_z}{\eta_w} \\
\text{linear:}\quad z_t^2 - z_0^2 - \eta_z^2 \textstyle\sum_{s < t} \dot z_s^2 &=
  \Bigl[\textstyle\sum_k (v_{k,t}^2 - v_{k,0}^2) - \eta_w^2 \sum_{s < t} \sum_k \dot v_{k,s}^2\Bigr]
  \frac{\eta_z}{\eta_w})",
          "theory/joma.md, Theorem 1 (not in arXiv 2310.00535)",
          {"Fig. 2 data, gaussian; T = 0.5; 500 steps; every attention with an invariant, every phi, every upstream, "
           "equal and unequal rates; with 4 queries the sum over queries",
           "dv and dz are the gradients used at each step; relative to the largest change of the left side over tokens",
           "a minibatch is 5 of the 20 samples, drawn anew at every step"},
          {setting("full batch", 0), setting("minibatch", batch)}};
}

}  // namespace lemmata::scenarios
