#include <algorithm>
#include <cmath>

#include "analysis/curve_rebound.h"
#include "scenarios/claims/claim.h"
#include "scenarios/measure/entropy_curve.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"
#include "theory/erf_law.h"

namespace lemmata::scenarios {
namespace {

constexpr long seeds = 20;
constexpr double least_drop = 0.3, least_rebound = 0.1, no_rise = 1e-4;

struct Outcome {
  double drop = 0, rebound = 0, rise = 0, loss = 0;
};
void fields_of(Outcome& outcome, Fields& fields) {
  fields.number("drop", outcome.drop, "entropy at the start less the lowest, in nats");
  fields.number("rebound", outcome.rebound, "entropy at the end less the lowest, in nats");
  fields.number("rise", outcome.rise, "largest rise from one record to a later one, in nats");
  fields.number("loss", outcome.loss, "|mu - v|^2/2, or the squared loss, at the end");
}

Outcome outcome_of(const std::vector<double>& entropies, double loss) {
  const analysis::CurveRebound found = analysis::curve_rebound(entropies);
  return {found.drop, found.rebound, found.largest_rise, loss};
}

sim::ReducedConfig scaled_config(double scale, long seed) {
  sim::ReducedConfig config = sparse_then_dense_config(seed);
  config.scale = scale;
  return config;
}

std::vector<Outcome> reduced_outcomes(CheckContext& context, const std::string& name, const std::vector<long>& list,
                                      double scale) {
  return measured(context, name, list, [&](long seed) {
    return outcome_of(
        descent_entropies(scaled_config(scale, seed), seed, sparse_then_dense_steps(), sparse_then_dense_rate()), 0);
  });
}

/// Linear phi and squared loss on 40 samples, exponential attention: the layer's own gradient flow of v and z.
std::vector<Outcome> regression_outcomes(CheckContext& context, const std::string& name,
                                         const std::vector<long>& list) {
  return measured(context, name, list, [](long seed) {
    ReducedRun run(squared_loss_config(seed), seed);
    std::vector<double> entropies;
    double now = 0;
    for (const double time : log_times(0.01, 3000, 200)) {
      run.advance(time - now, 1e-9);
      now = time;
      entropies.push_back(run.entropy());
    }
    return outcome_of(entropies, run.loss());
  });
}

/// Linear phi and stationary g, up to .99 of the blow-up: no loss that could be reached.
std::vector<Outcome> stationary_outcomes(CheckContext& context, const std::string& name,
                                         const std::vector<long>& list) {
  return measured(context, name, list, [](long seed) {
    sim::ReducedConfig config = stationary_config("exp", 10, seed);
    const double last = 0.99 * theory::erf_law_blow_up_time(sim::means_of(config.mu), 1, 1);
    return outcome_of(flow_entropies(config, seed, even_times(last, 100)), 0);
  });
}

template <class Value>
std::vector<double> values_of(const std::vector<Outcome>& outcomes, const Value& value) {
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) values.push_back(value(outcome));
  return values;
}

std::vector<Quantity> falls_and_rises(const std::vector<Outcome>& outcomes) {
  return {{"smallest drop of the entropy over seeds: at least", least_drop,
           smallest_of(values_of(outcomes, [](const Outcome& o) { return o.drop; })), 0, "the check's threshold",
           Criterion::at_least},
          {"smallest rebound over seeds: at least", least_rebound,
           smallest_of(values_of(outcomes, [](const Outcome& o) { return o.rebound; })), 0, "the check's threshold",
           Criterion::at_least}};
}

Quantity never_rises(const std::vector<Outcome>& outcomes, double allowed) {
  return {"largest rise of the entropy over seeds: at most",
          allowed,
          largest_of(values_of(outcomes, [](const Outcome& o) { return o.rise; })),
          0,
          "the check's threshold",
          Criterion::at_most};
}

void check_rebound(CheckContext& context, Evidence& evidence, bool scaled) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(scaled_config(scaled ? 0.25 : 1, evidence.seeds.front()));
  const auto full = reduced_outcomes(context, "full", evidence.seeds, 1),
             quarter = reduced_outcomes(context, "quarter", evidence.seeds, 0.25);
  const std::vector<Quantity> both = falls_and_rises(full);
  if (scaled) {
    evidence.quantities = {never_rises(quarter, no_rise)};
    evidence.reason =
        "mu x 0.25, in [.25, 1]: the entropy rises by " + in_words(evidence.quantities[0].measured) + " at most";
    evidence.negative_controls = {control_of("mu itself", {never_rises(full, no_rise)})};
  } else {
    evidence.quantities = both;
    evidence.reason = "over " + std::to_string(full.size()) + " draws of mu the entropy drops by at least " +
                      in_words(both[0].measured) + " and rebounds by at least " + in_words(both[1].measured);
    evidence.negative_controls = {control_of("mu x 0.25", falls_and_rises(quarter))};
  }
  evidence.verdict = verdict_within(evidence.quantities);
}

void check_nonlinearity(CheckContext& context, Evidence& evidence) {
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(squared_loss_config(evidence.seeds.front()));
  const auto outcomes = regression_outcomes(context, "squared_loss", evidence.seeds);
  evidence.quantities = {
      never_rises(outcomes, least_rebound),
      reported({"smallest drop", least_drop, smallest_of(values_of(outcomes, [](const Outcome& o) { return o.drop; })),
                0, "reported", Criterion::at_least}),
      reported({"smallest rebound", least_rebound,
                smallest_of(values_of(outcomes, [](const Outcome& o) { return o.rebound; })), 0, "reported",
                Criterion::at_least}),
      reported({"seeds with a drop and a rebound as the nonlinear model's (J13's thresholds)", 0,
                static_cast<double>(
                    std::count_if(outcomes.begin(), outcomes.end(),
                                  [](const Outcome& o) { return o.drop >= least_drop && o.rebound >= least_rebound; })),
                0, "reported"}),
      reported({"largest loss at the end", 0, largest_of(values_of(outcomes, [](const Outcome& o) { return o.loss; })),
                0, "reported"})};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "linear phi, squared loss: the entropy drops by .3 nat and rebounds by .1 in " +
                    in_words(evidence.quantities[3].measured) + " of " + std::to_string(outcomes.size()) +
                    " seeds, in every one it drops by at least " + in_words(evidence.quantities[1].measured) +
                    " and rebounds by at least " + in_words(evidence.quantities[2].measured);
  evidence.positive_controls = {
      control_of("linear phi with stationary g, where the entropy never rises (J11)",
                 {never_rises(stationary_outcomes(context, "stationary", evidence.seeds), least_rebound)})};
  evidence.negative_controls = {
      control_of("the nonlinear reduced model, which rebounds",
                 {never_rises(reduced_outcomes(context, "reduced", evidence.seeds, 1), least_rebound)})};
}

}  // namespace

ClaimEntry J13_claim() {
  return {
      "J13",
      "joma",
      "The rebound of the attention's entropy comes for every draw of salient, spread means, not for small ones, and "
      "needs a nonlinear activation",
      R"(H(p_0) - \min_t H(p_t) &\ge 0.3, \qquad H(p_{\mathrm{end}}) - \min_t H(p_t) \ge 0.1
  \ \text{ for every draw of } \mu \\
\max_{s < t}\, [H(p_t) - H(p_s)] &\le 10^{-4} \ \text{ for } 0.25\, \mu, \qquad
  \le 0.1 \ \text{ for linear } \varphi \text{ with squared loss})",
      "arXiv 2310.00535, section 4 and Fig. 4; joma.md, Theorems 3 and 4",
      {"mu of std::mt19937(seed), seeds 0..19, otherwise as J12",
       "`needs a nonlinear activation`: a linear phi with squared loss, h = v.b on 40 samples uniform on the simplex "
       "of "
       "10 tokens, y = mu.x, mu = 8 u, exponential attention at T = .3, gradient flow of v and z to t = 3000"},
      {{"falls and rises, 20 draws", Verdict::supported, "quick",
        [](CheckContext& context, Evidence& evidence) { check_rebound(context, evidence, false); }},
       {"no rise at mu x 0.25", Verdict::supported, "quick",
        [](CheckContext& context, Evidence& evidence) { check_rebound(context, evidence, true); }},
       {"only with a nonlinear activation", Verdict::refuted, "quick", check_nonlinearity}}};
}

}  // namespace lemmata::scenarios
