#include <array>
#include <cmath>
#include <string>

#include "analysis/statistics.h"
#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/joint_softmax.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 5, steps = 500;
constexpr std::array<long, 4> dimensions = {64, 256, 1024, 4096};

JointTraining training_of(long dimension, double shared_direction) {
  sim::LayerConfig layer = joint_layer("exp", "identity", "cross_entropy");
  layer.embedding = {"random", dimension};
  JointTraining training = joint_training(layer, "gd", 0.1, {steps});
  training.shared_direction = shared_direction;
  return training;
}

/// R(d): relative error of the invariant, by seed. @param shared  norm of the direction that all vectors share.
std::vector<double> errors(CheckContext& context, const std::string& name, long dimension, double shared,
                           const std::vector<long>& seeds) {
  const JointTraining training = training_of(dimension, shared / std::sqrt(static_cast<double>(dimension)));
  std::vector<double> list;
  for (const JointTrace& trace : joint_traces(context, name + std::to_string(dimension), training, seeds))
    list.push_back(flow_sides(training, trace.start(), trace.end()).relative_error());
  return list;
}

std::vector<Quantity> falling_quantities(CheckContext& context, const std::string& name, double shared,
                                         const std::vector<long>& seeds, Evidence* evidence = nullptr) {
  std::vector<Quantity> list;
  for (const long dimension : dimensions) {
    const std::vector<double> found = errors(context, name, dimension, shared, seeds);
    Quantity quantity{"R(" + std::to_string(dimension) + "), mean over seeds",
                      0.1,
                      mean_of(found),
                      0,
                      "joma.md J20",
                      dimension == dimensions.front() ? Criterion::at_least : Criterion::at_most};
    const bool judged = dimension == dimensions.front() || dimension == dimensions.back();
    list.push_back(judged ? quantity : reported(quantity));
    if (evidence != nullptr && dimension == dimensions.back() && found.size() > 1 && !std::isnan(quantity.measured)) {
      evidence->interval = analysis::mean_interval(found, 0.95);
      evidence->interval_of = "R(4096), mean over seeds, 95 % t interval";
    }
  }
  return list;
}

void check_falling(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = joint_scenario("exp").config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.quantities = falling_quantities(context, "d_", 0, evidence.seeds, &evidence);
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "R is " + in_words(evidence.quantities.front().measured) + " at d = 64, " +
                    in_words(evidence.quantities.back().measured) +
                    " at d = 4096: " + verdict_in_words(evidence.verdict);
  const std::vector<Quantity> shared = falling_quantities(context, "shared_", 1, evidence.seeds);
  evidence.negative_controls = {
      {"vectors that share a direction, cosine about 1/2 at every d", verdict_within(shared), shared}};
}

}  // namespace

ClaimEntry J20_claim() {
  return {"J20",
          "joma",
          "Near-orthogonal embeddings: with random vectors in R^d the joint invariant of exp attention holds better at "
          "large d: R(4096) < 0.1 < R(64)",
          R"(R(d) &= \frac{\bigl\| z - z(0) - \frac{1}{2T} \sum_k (v_k^2 - v_k(0)^2) \bigr\|}{\|z - z(0)\|},
  \qquad v = U_C^\top W \\
R(4096) &< 0.1 < R(64))",
          "theory/joma.md, Theorem 1",
          {"exp attention, phi = z, cross entropy, Fig. 2 data, gaussian, T = 1; gd 0.1, 500 steps, w ~ N(0, 0.1^2) at "
           "every d",
           "R = ||z - z(0) - sum_k (v_k^2 - v_k(0)^2) / (2T)|| / ||z - z(0)||, v = U_C^T w; means over seeds",
           "the context's vectors and the query's are all drawn, entries N(0, 1/d)"},
          {{"exp", Verdict::supported, "quick", check_falling}}};
}

}  // namespace lemmata::scenarios
