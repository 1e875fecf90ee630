#include <cmath>

#include "analysis/curve_rebound.h"
#include "scenarios/claims/claim.h"
#include "scenarios/measure/entropy_curve.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {
namespace {

struct Figure {
  EntropyCurve curve;
  double limit = 0;  // entropy of the attention at v = mu
};
void fields_of(Figure& figure, Fields& fields) {
  fields_of(figure.curve, fields);
  fields.number("limit", figure.limit, "entropy of the attention at v = mu");
}

Figure figure_of(const sim::ReducedConfig& config) {
  Figure figure;
  figure.curve.entropy = descent_entropies(config, 0, sparse_then_dense_steps(), sparse_then_dense_rate());
  for (std::size_t step = 0; step < figure.curve.entropy.size(); ++step)
    figure.curve.times.push_back(static_cast<double>(step));
  sim::ReducedConfig end = config;
  const Vector means = sim::means_of(config.mu);
  end.mu = {{means.begin(), means.end()}};
  ReducedRun run(end, 0);
  figure.limit = run.entropy_at({{"v", config.scale * means}});
  return figure;
}

std::vector<Quantity> four_numbers(const Figure& figure) {
  const std::vector<double>& entropy = figure.curve.entropy;
  const analysis::CurveRebound found = analysis::curve_rebound(entropy);
  const std::string reason = "the four digits that are stated";
  return {{"entropy at step 0", 2.3026, found.first, 1e-3, reason},
          {"lowest entropy", 0.9416, found.minimum, 1e-3, reason},
          {"step of the lowest entropy", 669, static_cast<double>(found.minimum_index), 2, "the check's: +- 2 steps"},
          {"entropy at step 4999", 1.5493, entropy[4999], 1e-3, reason},
          {"entropy at v = mu", 1.6216, figure.limit, 1e-3, reason}};
}

void check_figure(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = load_scenario("joma/sparse_then_dense").config_hash;
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = {0};
  const auto of = [&](const std::string& name, const std::function<void(sim::ReducedConfig&)>& change) {
    return measured_once(context, name, [&] {
      sim::ReducedConfig config = sparse_then_dense_config(0);
      change(config);
      return figure_of(config);
    });
  };
  evidence.quantities = four_numbers(of("figure", [](sim::ReducedConfig&) {}));
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "entropy " + in_words(evidence.quantities[0].measured) + ", lowest " +
                    in_words(evidence.quantities[1].measured) + " at step " +
                    in_words(evidence.quantities[2].measured) + ", " + in_words(evidence.quantities[3].measured) +
                    " at the end, limit " + in_words(evidence.quantities[4].measured);
  evidence.negative_controls = {
      control_of("temperature 2 in place of 3", four_numbers(of("temperature", [](auto& c) { c.temperature = 2; }))),
      control_of("mu of std::mt19937(1)", four_numbers(of("other_mu", [](auto& c) { c.mu.mt19937 = 1; }))),
      control_of("exponential attention, not normalised",
                 four_numbers(of("exp", [](auto& c) { c.attention = "exp"; })))};
}

}  // namespace

ClaimEntry J12_claim() {
  return {"J12",
          "joma",
          "Attention first sparse, then dense (Fig. 4): in dv/dt = (mu - v) o softmax(v^2/T) the attention's entropy "
          "falls, "
          "then rises again",
          R"(v_{t+1} &= v_t + \eta\, (\mu - v_t) \circ p_t, \qquad p_t = \operatorname{softmax}(v_t^2 / T) \\
H(p_0) = 2.3026, \quad \min_t H(p_t) &= 0.9416 \ \text{ at } t = 669 \pm 2, \quad H(p_{4999}) = 1.5493, \quad
  H\bigl(\operatorname{softmax}(\mu^2/T)\bigr) = 1.6216)",
          "arXiv 2310.00535, Fig. 4; joma.md, Theorems 3 and 4",
          {"mu = sort(1 + 3 u), u_i = (generator() & 0xFFFFFF) 2^-24 of std::mt19937(0), 10 values; v(0) = .05, T = 3, "
           "eta = .02, 5000 steps",
           "the reduced model is a heuristic equation: nothing is said here of the layer that it stands for"},
          {{"the curve of Fig. 4", Verdict::supported, "quick", check_figure}}};
}

}  // namespace lemmata::scenarios
