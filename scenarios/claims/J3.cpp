#include <cmath>
#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr double coarse = 0.1, fine = 0.05, training_time = 100;
constexpr long own_seeds = 5;

/// R(lr): largest residual of the flow's law over tokens after `training_time`, by seed.
std::vector<double> residuals(CheckContext& context, const std::string& name, const std::string& activation,
                              const std::string& optimizer, double learning_rate, const std::vector<long>& seeds) {
  const long steps = std::lround(training_time / learning_rate);
  const JointTraining training =
      joint_training(joint_layer("exp", activation, "cross_entropy"), optimizer, learning_rate, {steps});
  std::vector<double> list;
  for (const JointTrace& trace : joint_traces(context, name, training, seeds))
    list.push_back(flow_sides(training, trace.start(), trace.end()).residual());
  return list;
}

/// Smallest and largest R(0.1)/R(0.05) over seeds, each within [1.9, 2.1].
std::vector<Quantity> order_quantities(CheckContext& context, const std::string& activation,
                                       const std::string& optimizer, const std::vector<long>& seeds) {
  const std::string name = optimizer + "_" + activation;
  const std::vector<double> long_steps = residuals(context, name, activation, optimizer, coarse, seeds),
                            short_steps = residuals(context, name + "_half", activation, optimizer, fine, seeds);
  std::vector<Quantity> list;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    list.push_back({optimizer + ", " + activation + ", seed " + std::to_string(seeds[i]) +
                        ": residual at lr 0.1 over that at lr 0.05, time 100; the first is " + in_words(long_steps[i]),
                    2, long_steps[i] / short_steps[i], 0.1, "joma.md J3: the next order in lr"});
  }
  return list;
}

void check_order(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = joint_scenario("exp").config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  for (const char* activation : {"tanh", "relu", "silu"}) {
    for (const Quantity& one : order_quantities(context, activation, "gd", evidence.seeds))
      evidence.quantities.push_back(one);
  }
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "R(0.1)/R(0.05) is " + in_words(evidence.quantities[0].measured) +
                    " (tanh, first seed), within 0.1 of 2 in every seed for tanh, relu and silu: " +
                    verdict_in_words(evidence.verdict);
  const std::vector<Quantity> fourth = order_quantities(context, "tanh", "rk4", evidence.seeds);
  const std::vector<Quantity> heavy = order_quantities(context, "tanh", "momentum", evidence.seeds);
  evidence.negative_controls = {{"rk4, whose residual is of fourth order", verdict_within(fourth), fourth},
                                {"momentum, whose residual does not vanish with lr", verdict_within(heavy), heavy}};
}

}  // namespace

ClaimEntry J3_claim() {
  return {"J3",
          "joma",
          "Under gradient descent the joint invariant of exp attention is broken to first order in the learning rate",
          R"(R(\eta) &= \max_l \Bigl| z_l - z_l(0) - \frac{1}{2T} \sum_k \bigl(v_{kl}^2 - v_{kl}(0)^2\bigr)
  \Bigr|_{\eta t = 100} \\
\frac{R(0.1)}{R(0.05)} &= 2 \pm 0.1)",
          "theory/joma.md, Theorem 1",
          {"exp attention, cross entropy, Fig. 2 data, gaussian, T = 1, w ~ N(0, 0.1^2); both rates at time 100 (1,000 "
           "and 2,000 steps); R is the largest residual over tokens"},
          {{"exp", Verdict::supported, "quick", check_order}}};
}

}  // namespace lemmata::scenarios
