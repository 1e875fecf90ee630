#include <algorithm>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"
#include "theory/row_law.h"

namespace lemmata::scenarios {
namespace {

constexpr long components = 10, nodes = 5, seeds = 20;
const std::vector<double> shares = {0.1, 0.5, 0.9, 0.99};

sim::ReducedConfig row_config(const std::string& attention, long node_count, double temperature, double normalisation,
                              long seed) {
  sim::ReducedConfig config = stationary_config(attention, components, seed);
  config.nodes = node_count;
  config.temperature = temperature;
  config.normalisation = normalisation;
  return config;
}

std::vector<FlowSamples> row_runs(CheckContext& context, const std::string& name, long count, long node_count,
                                  double temperature, double normalisation, const std::string& attention = "exp") {
  return measured(context, name, seed_list(count), [&](long seed) {
    return flow_samples(row_config(attention, node_count, temperature, normalisation, seed), seed, shares,
                        [&](const Matrix& mu) { return theory::row_law_blow_up_time(mu, normalisation, temperature); });
  });
}

template <class Law>
Quantity largest_error(const std::string& what, const std::vector<FlowSamples>& runs, const Law& law) {
  std::vector<double> errors;
  for (const FlowSamples& run : runs) {
    for (std::size_t i = 0; i < run.times.size(); ++i)
      errors.push_back(relative_gap(run.v_at(i), law(run.mu_matrix(), run.times[i])));
  }
  return {"largest |v - law|/max|v| over " + std::to_string(runs.size()) + " seeds, t = .1, .5, .9, .99 t*: " + what, 0,
          largest_of(errors), 1e-8,
          "an ODE solver at tolerance 1e-13 over some hundred steps, magnified by 28 at .99 t*"};
}

Quantity by_rows(const std::vector<FlowSamples>& runs, double temperature, double normalisation) {
  return largest_error(
      "product over nodes, T = " + in_words(temperature) + ", A = " + in_words(normalisation), runs,
      [&](const Matrix& mu, double time) { return theory::row_law(mu, time, normalisation, temperature); });
}

Quantity by_sum(const std::vector<FlowSamples>& runs, bool mean) {
  // At t*/10: the sum form itself blows up from .45 t* on.
  std::vector<double> errors;
  for (const FlowSamples& run : runs) {
    const double weight = mean ? 1 / static_cast<double>(run.nodes) : 1;
    errors.push_back(relative_gap(run.v_at(0), theory::row_law_with_sum(run.mu_matrix(), run.times[0], weight)));
  }
  return {std::string("the smallest error over seeds at t = t*/10: ") + (mean ? "mean" : "sum") + " over nodes", 0,
          smallest_of(errors), 1e-8, "as for the product"};
}

void check_rows(CheckContext& context, Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(row_config("exp", nodes, 1, 1, evidence.seeds.front()));
  const auto count = static_cast<long>(evidence.seeds.size());
  const auto runs = row_runs(context, "runs", count, nodes, 1, 1), other = row_runs(context, "other", 5, 3, 0.6, 1.4);
  evidence.quantities = {by_rows(runs, 1, 1), by_rows(other, 0.6, 1.4)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "five nodes, ten components: v as the row law to " + in_words(evidence.quantities[0].measured);
  evidence.negative_controls = {
      control_of("linear attention", {by_rows(row_runs(context, "linear", 5, nodes, 1, 1, "linear"), 1, 1)}),
      control_of("another temperature than the law's", {by_rows(other, 0.62, 1.4)})};
}

void check_sum(CheckContext& context, Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(row_config("exp", nodes, 1, 1, evidence.seeds.front()));
  const auto runs = row_runs(context, "runs", static_cast<long>(evidence.seeds.size()), nodes, 1, 1);
  evidence.quantities = {by_sum(runs, false), by_sum(runs, true)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "at t*/10 a sum of the nodes' exponentials is off by at least " +
                    in_words(evidence.quantities[0].measured) + ", their mean by at least " +
                    in_words(evidence.quantities[1].measured) + ", in every seed";
  const auto alone = row_runs(context, "one_node", 5, 1, 1, 1);
  evidence.positive_controls = {
      control_of("one node, where sum and product are the same", {by_sum(alone, false), by_sum(alone, true)})};
  evidence.negative_controls = {control_of("two nodes", {by_sum(row_runs(context, "two_nodes", 5, 2, 1, 1), true)})};
}

}  // namespace

ClaimEntry J9_claim() {
  return {
      "J9",
      "joma",
      "K nodes, linear activation, stationary g, exponential attention: row l keeps the direction (Delta_1l..Delta_Kl) "
      "and its length follows the erf law of one node",
      R"(v_{kl} &= \frac{\Delta_{kl}}{\|\Delta_l\|}\, \sqrt2\, T
  \operatorname{erf}^{-1}\!\left(\sqrt{\frac{2}{\pi}}\, \frac{\|\Delta_l\|\, t}{A T}\right),
  \qquad \Delta_l = (\Delta_{1l}, \dots, \Delta_{Kl}))",
      "arXiv 2310.00535, Theorem 2; joma.md, Theorem 2",
      {"rows of mu: N(0, 1) times a random unit vector; 10 components, 5 nodes; v(0) = z(0) = 0",
       "v and z are integrated jointly",
       "`sum of exponentials`: dv_lk = mu_lk sum_k exp(v_lk^2/2), or their mean, in place of exp(sum_k v_lk^2/2)"},
      {{"row law", Verdict::supported, "quick", check_rows},
       {"sum of exponentials", Verdict::refuted, "quick", check_sum}}};
}

}  // namespace lemmata::scenarios
