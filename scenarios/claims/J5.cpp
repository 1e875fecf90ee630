#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_softmax.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 10;

// Which bbar goes with sum_k ||v_k||^2: that along the way, that of step 0, or the present one.
enum class Mean { integrated, initial, present };

JointSides sides_of(const JointTraining& training, const JointTrace& trace, const JointPoint& now, Mean mean) {
  if (mean == Mean::integrated) return integrated_sides(trace.start(), now);
  return softmax_sides(training, trace.start(), now,
                       mean == Mean::initial ? trace.start().mean_attention : now.mean_attention);
}

/// Mean over seeds of the centred cosine between z and z(0) + the prediction, at 100, 200, ..., 1000 steps; and the
/// conserved sum.
std::vector<Quantity> cosine_quantities(const JointTraining& training, const std::vector<JointTrace>& traces,
                                        double bar, Mean mean) {
  std::vector<Quantity> list;
  for (long step = 100; step <= 1000; step += 100) {
    std::vector<double> cosines;
    for (const JointTrace& trace : traces) {
      const JointPoint& now = trace.at(step);
      const Vector predicted = trace.start().logits.col(0) + sides_of(training, trace, now, mean).predicted;
      cosines.push_back(centred_cosine(predicted, now.logits.col(0)));
    }
    list.push_back({"centred cosine of prediction and z, mean over seeds, step " + std::to_string(step), bar,
                    mean_of(cosines), 0, "joma.md J5", Criterion::at_least});
  }
  list.push_back({"largest change of sum_l z_l over steps and seeds", 0,
                  worst(traces, [](const JointTrace& trace) { return trace.end().sum_drift; }), 1e-12,
                  "joma.md J5: rounding of 2,000 sums"});
  return list;
}

void conclude(Evidence& evidence) {
  std::vector<double> cosines;
  for (const Quantity& quantity : evidence.quantities) {
    if (quantity.criterion == Criterion::at_least) cosines.push_back(quantity.measured);
  }
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "least mean cosine over steps " + in_words(smallest_of(cosines)) + " against " +
                    in_words(evidence.quantities.front().predicted) + "; the sum of z moves by " +
                    in_words(evidence.quantities.back().measured) + ": " + verdict_in_words(evidence.verdict);
}

void check_cosine(CheckContext& context, Evidence& evidence, const std::string& law, double bar, Mean mean) {
  evidence.settings_hash = joint_scenario("softmax").config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  const JointTraining training = softmax_training(law);
  const std::vector<JointTrace> traces = joint_traces(context, "runs", training, evidence.seeds);
  evidence.quantities = cosine_quantities(training, traces, bar, mean);
  conclude(evidence);

  // Each seed with the prediction of the next one; for the last, of one more.
  const std::vector<JointTrace> more = joint_traces(context, "one_more", training, {evidence.seeds.back() + 1});
  std::vector<JointTrace> others = traces;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    for (std::size_t at = 0; at < traces[i].points.size(); ++at) {
      const JointPoint& other = (i + 1 < traces.size() ? traces[i + 1] : more.front()).points[at];
      others[i].points[at].values = other.values;
      others[i].points[at].surrogate = other.surrogate;
    }
  }
  const std::vector<Quantity> shuffled = cosine_quantities(training, others, bar, mean);
  JointTraining exponential = training;
  exponential.layer.attention = "exp";
  const std::vector<Quantity> unnormalised =
      cosine_quantities(exponential, joint_traces(context, "control_exp", exponential, evidence.seeds), bar, mean);
  evidence.negative_controls = {{"z of one seed against v of another", verdict_within(shuffled), shuffled},
                                {"exp attention under softmax's law", verdict_within(unnormalised), unnormalised}};
  if (mean != Mean::present) return;
  const JointTraining constant = constant_mean_training();
  const std::vector<Quantity> held =
      cosine_quantities(constant, joint_traces(context, "constant_mean", constant, evidence.seeds), bar, mean);
  evidence.positive_controls = {{constant_mean_in_words(), verdict_within(held), held}};
}

ClaimSetting setting(const std::string& name, Verdict expected, const std::string& law, double bar, Mean mean) {
  return {name, expected, "quick",
          [=](CheckContext& context, Evidence& evidence) { check_cosine(context, evidence, law, bar, mean); }};
}

}  // namespace

ClaimEntry J5_claim() {
  return {"J5",
          "joma",
          "Softmax attention: the theorem's approximation points along z (centred cosine), and sum_l z_l is conserved",
          R"(\hat z(t) &= z(0) + \frac{1}{2T} \sum_k \Bigl[v_k^2 - v_k(0)^2 - \int_0^t \bar b\; d\|v_k\|^2\Bigr],
  \qquad \bar b = \mathbb{E}[b] \\
\cos\bigl(\hat z - \operatorname{mean} \hat z,\ z - \operatorname{mean} z\bigr) &\ge 0.99\ \text{ (random data: } 0.98),
  \qquad \textstyle\sum_l z_l(t) = \sum_l z_l(0))",
          "arXiv 2310.00535, Theorem 1 and Fig. 2; theory/joma.md, Theorem 1",
          {"Fig. 2 data; phi = z, cross entropy on the nodes, T = 0.5, gd 0.1; w and z ~ N(0, 0.01^2), 10 seeds",
           "prediction: z(0) + the theorem's change, so that the constant c is that of step 0; centred: means over "
           "tokens taken off; steps 100, 200, ..., 1000",
           "bbar = E[b] is followed in time (`gaussian`, `random`), or that of step 0; with the present bbar in front "
           "of the whole sum_k ||v_k||^2 the cosine is lost by step 1000 in gaussian data: expected refuted"},
          {setting("gaussian", Verdict::supported, "gaussian", 0.99, Mean::integrated),
           setting("random", Verdict::supported, "random", 0.98, Mean::integrated),
           setting("gaussian, mean attention of step 0", Verdict::supported, "gaussian", 0.99, Mean::initial),
           setting("gaussian, present mean attention", Verdict::refuted, "gaussian", 0.99, Mean::present)}};
}

}  // namespace lemmata::scenarios
