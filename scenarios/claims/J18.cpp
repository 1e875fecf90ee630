#include <algorithm>
#include <cmath>

#include "analysis/curve_rebound.h"
#include "analysis/stable_rank.h"
#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

constexpr long components = 50, nodes = 20, seeds = 5;
constexpr double last_time = 2e4;

struct RankCurve {
  std::vector<double> times, rank, entropy;
  double rank_of_mu = 0;
};
void fields_of(RankCurve& curve, Fields& fields) {
  fields.series("times", "record", curve.times, "time of the flow");
  fields.series("rank", "record", curve.rank, "stable rank of v");
  fields.series("entropy", "record", curve.entropy, "entropy of the attention, in nats");
  fields.number("rank_of_mu", curve.rank_of_mu, "stable rank of mu");
}

sim::ReducedConfig config_of(double scale) {
  sim::ReducedConfig config;
  for (long l = 0; l < components; ++l) config.mu.values.push_back(3.5 * std::pow(0.93, l));
  config.mu.mt19937.reset();
  config.nodes = nodes;
  config.scale = scale;
  config.v0 = 0.01;
  config.start = "normal";
  return config;
}

std::vector<RankCurve> rank_curves(CheckContext& context, const std::string& name, const std::vector<long>& list,
                                   double scale) {
  return measured(context, name, list, [&](long seed) {
    ReducedRun run(config_of(scale), seed);
    RankCurve curve;
    curve.rank_of_mu = analysis::stable_rank(run.system().mu());
    double now = 0;
    for (const double time : log_times(0.1, last_time, 120)) {
      run.advance(time - now, 1e-8);
      now = time;
      curve.times.push_back(time);
      curve.rank.push_back(analysis::stable_rank(run.v()));
      curve.entropy.push_back(run.entropy());
    }
    return curve;
  });
}

std::vector<Quantity> v_shape(const std::vector<RankCurve>& curves) {
  std::vector<double> fall, rise, end, between;
  for (const RankCurve& curve : curves) {
    const analysis::CurveRebound rank = analysis::curve_rebound(curve.rank),
                                 entropy = analysis::curve_rebound(curve.entropy);
    fall.push_back(rank.minimum / rank.first);
    rise.push_back(rank.last / rank.minimum);
    end.push_back(std::abs(rank.last / curve.rank_of_mu - 1));
    between.push_back(std::abs(std::log10(curve.times[rank.minimum_index] / curve.times[entropy.minimum_index])));
  }
  return {{"largest minimum/initial of the stable rank over seeds: at most", 0.5, largest_of(fall), 0,
           "the check's threshold", Criterion::at_most},
          {"smallest end/minimum: at least", 1.5, smallest_of(rise), 0, "the check's threshold", Criterion::at_least},
          {"largest |end/sr(mu) - 1|", 0, largest_of(end), 0.01, "the check's 1 %"},
          reported({"largest distance of the two minima, of stable rank and of entropy, in decades of time", 0,
                    largest_of(between), 0.2, "reported"})};
}

void check_shape(CheckContext& context, Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(config_of(1));
  const auto curves = rank_curves(context, "curves", evidence.seeds, 1);
  evidence.quantities = v_shape(curves);
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "falls to at most " + in_words(evidence.quantities[0].measured) + " of its start, ends at least " +
                    in_words(evidence.quantities[1].measured) + " times higher, within " +
                    in_words(evidence.quantities[2].measured) + " of sr(mu)";
  evidence.negative_controls = {
      control_of("mu x 0.25: no component is salient", v_shape(rank_curves(context, "quarter", evidence.seeds, 0.25)))};
}

}  // namespace

ClaimEntry J18_claim() {
  return {
      "J18",
      "joma",
      "The stable rank of the lower layer falls and recovers while attention turns sparse and dense again (V shape)",
      R"(\operatorname{sr}(W) &= \frac{\|W\|_F^2}{\|W\|_2^2}, \qquad
  \dot v_k = (\mu_k - v_k) \circ \operatorname{softmax}\Bigl(\tfrac12 \textstyle\sum_k v_k^2\Bigr) \\
\frac{\min_t \operatorname{sr}(v)}{\operatorname{sr}(v(0))} &\le 0.5, \qquad
  \frac{\operatorname{sr}(v(\mathrm{end}))}{\min_t \operatorname{sr}(v)} \ge 1.5, \qquad
  \frac{\operatorname{sr}(v(\mathrm{end}))}{\operatorname{sr}(\mu)} = 1 \pm 0.01)",
      "arXiv 2310.00535, Fig. 5 and section 5 (stable rank); joma.md, Theorems 3 and 4",
      {"the reduced model of K nodes, dv_k = (mu_k - v_k) o softmax(sum_k v_k^2/2), 50 components, 20 nodes; rows of "
       "mu of "
       "length 3.5 x .93^l and random direction, v(0) ~ .01 N(0, 1); flow to t = 20,000"},
      {{"V shape", Verdict::supported, "quick", check_shape}}};
}

}  // namespace lemmata::scenarios
