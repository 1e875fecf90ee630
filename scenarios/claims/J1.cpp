#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr double flow_step = 0.05, smooth_bar = 1e-10, kinked_bar = 1e-4;
constexpr long trained_seeds = 5, fixed_seeds = 10, trained_steps = 2000, control_steps = 500;
// A fixed g drives v to infinity in finite time, in one of ten seeds (phi = z, exp attention) before the time 10 of
// joma.md's 200 steps of 0.05, and in the others so fast that these steps are too long for the bar.
constexpr double fixed_step = 0.0125;
constexpr long fixed_steps = 400;

// g of deviation 1, but 1/4 where phi = z^2: there v itself drives v, and with 1 it is infinite before time 10.
sim::LayerConfig fixed_layer(const std::string& attention, const std::string& activation) {
  sim::LayerConfig layer = joint_layer(attention, activation, "fixed");
  layer.upstream_std = activation == "square" ? 0.25 : 1;
  return layer;
}

/// The two judged numbers of one model: how far the sides are apart, and that beside how far they moved, without which
/// sides that stand still would pass.
std::vector<Quantity> invariant_quantities(const std::string& model, const JointTraining& training,
                                           const std::vector<JointTrace>& traces) {
  const auto sides = [&](const JointTrace& trace) { return flow_sides(training, trace.start(), trace.end()); };
  const bool kinked = training.layer.activation == "relu";
  const double residual = worst(traces, [&](const JointTrace& trace) { return sides(trace).residual(); });
  const double relative =
      worst(traces, [&](const JointTrace& trace) { return sides(trace).residual() / sides(trace).change(); });
  return {{model + ": largest |left - right| over tokens and seeds", 0, residual, kinked ? kinked_bar : smooth_bar,
           kinked ? "joma.md J1: a step of rk4 that crosses a kink is of second order, its square times the jump"
                  : "joma.md J1: local error of rk4, of fifth order, over all steps"},
          {model + ": the same relative to the largest change of the left side, worst seed", kinked ? 1e-3 : 1e-7,
           relative, 0, "a thousandth, or 1e-7, so that sides which hardly move show nothing", Criterion::at_most}};
}

void add(Evidence& evidence, const std::vector<Quantity>& more) {
  evidence.quantities.insert(evidence.quantities.end(), more.begin(), more.end());
}

Control broken(CheckContext& context, const std::string& what, const std::string& name, const JointTraining& training,
               const std::vector<long>& seeds) {
  const std::vector<Quantity> found =
      invariant_quantities("control", training, joint_traces(context, name, training, seeds));
  return {what, verdict_within(found), found};
}

void add_controls(CheckContext& context, Evidence& evidence, const sim::LayerConfig& layer) {
  const auto training = [&](const std::string& optimizer, double rate) {
    return joint_training(layer, optimizer, rate, {control_steps});
  };
  JointTraining decaying = training("rk4", flow_step);
  decaying.weight_decay = 0.01;
  evidence.negative_controls = {
      broken(context, "adam: the rates differ by entry", "control_adam", training("adam", 0.01), evidence.seeds),
      broken(context, "momentum: z follows earlier v", "control_momentum", training("momentum", 0.05), evidence.seeds),
      broken(context, "weight decay 0.01 under the same flow", "control_decay", decaying, evidence.seeds)};
}

void judge(Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.verdict = verdict_within(evidence.quantities);
  std::vector<double> smooth, kinked;
  for (const Quantity& quantity : evidence.quantities) {
    if (quantity.criterion == Criterion::equal)
      (quantity.tolerance == kinked_bar ? kinked : smooth).push_back(quantity.measured);
  }
  evidence.reason = "the sides differ by at most " + in_words(largest_of(smooth)) + " for smooth phi and " +
                    in_words(largest_of(kinked)) + " for relu: " + verdict_in_words(evidence.verdict);
}

void check_trained(CheckContext& context, Evidence& evidence, const std::string& attention) {
  evidence.settings_hash = joint_scenario(attention).config_hash;
  evidence.seeds = seed_list(context.seeds_or(trained_seeds));
  for (const char* upstream : {"cross_entropy", "upper"}) {
    for (const char* activation : {"identity", "tanh", "silu", "square", "relu"}) {
      const JointTraining training =
          joint_training(joint_layer(attention, activation, upstream), "rk4", flow_step, {trained_steps});
      const std::string name = std::string(upstream) + "_" + activation;
      add(evidence, invariant_quantities(std::string(activation) + ", " + upstream, training,
                                         joint_traces(context, name, training, evidence.seeds)));
    }
  }
  judge(evidence);
  add_controls(context, evidence, joint_layer(attention, "tanh", "cross_entropy"));
}

void check_fixed(CheckContext& context, Evidence& evidence, const std::string& attention) {
  evidence.settings_hash = joint_scenario(attention).config_hash;
  evidence.seeds = seed_list(context.seeds_or(fixed_seeds));
  for (const char* activation : {"identity", "tanh", "silu", "square", "relu"}) {
    const JointTraining training = joint_training(fixed_layer(attention, activation), "rk4", fixed_step, {fixed_steps});
    add(evidence, invariant_quantities(std::string(activation) + ", fixed g", training,
                                       joint_traces(context, activation, training, evidence.seeds)));
  }
  judge(evidence);
  add_controls(context, evidence, fixed_layer(attention, "tanh"));
}

ClaimSetting setting(const std::string& attention, bool fixed) {
  return {attention + (fixed ? ", fixed g" : ", trained"), Verdict::supported, "quick",
          [=](CheckContext& context, Evidence& evidence) {
            (fixed ? check_fixed : check_trained)(context, evidence, attention);
          }};
}

}  // namespace

ClaimEntry J1_claim() {
  return {
      "J1",
      "joma",
      "Theorem 1: along the gradient flow of one layer exp attention keeps z - sum_k v_k^2 / (2T), linear attention "
      "z^2 - sum_k v_k^2, token by token",
      R"(\text{exp:}\quad z_l(t) - \frac{1}{2T} \sum_k v_{kl}(t)^2 &= \text{const} \\
\text{linear:}\quad z_l(t)^2 - \sum_k v_{kl}(t)^2 &= \text{const})",
      "arXiv 2310.00535, Theorem 1; theory/joma.md, Theorem 1",
      {"Fig. 2 data, gaussian, 20 tokens, 20 nodes, one query, T = 1, A = 1; w ~ N(0, 0.1^2), z ~ N(0, 0.01^2); "
       "orthonormal embeddings",
       "flow: rk4 with step 0.05, w, z and a trained upper layer alike; 2,000 steps",
       "a fixed upstream g ~ N(0, 1) (N(0, 1/16) where phi = z^2): 400 steps of 0.0125, to time 5, since v goes to "
       "infinity in finite time, in one of ten seeds before 10",
       "residuals are absolute, and judged beside the change of the left side too"},
      {setting("exp", false), setting("exp", true), setting("linear", false), setting("linear", true)}};
}

}  // namespace lemmata::scenarios
