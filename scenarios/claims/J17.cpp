#include <cmath>
#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/leaf_counts.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/measure/stored.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 10, samples_per_seed = 50'000;
constexpr double largest_z = 4;  // joma.md's criterion; on one side or the other by chance: 6e-5

sim::LatentTreeConfig binary_tree() { return {}; }  // depth 5, rho = .9, rho_0 = -.311, as in joma.md

sim::LatentTreeConfig ternary_tree() { return {4, 3, {0.2, 0.5, 0.3}, {0.05, 0.9, 0.4}, 0.75}; }

sim::LatentTreeConfig with_rho(sim::LatentTreeConfig config, double rho) {
  config.rho = rho;
  return config;
}

sim::LatentTreeConfig with_asymmetry(sim::LatentTreeConfig config, double asymmetry) {
  config.asymmetry = asymmetry;
  return config;
}

/// Every root label gives 0 with certainty: there P(y = 0 | y_0 = k) = 2 P(y = 0 | y_0 = k) - 1 = 1.
sim::LatentTreeConfig with_certain_root(sim::LatentTreeConfig config) {
  config.zero_given_root.assign(config.zero_given_root.size(), 1);
  return config;
}

std::string at_level(const std::string& tree, Index i, Index depth) {
  return "P(y_l = 1 | y_m = 1), " + tree + ", H = " + std::to_string(i + 1) + (i + 1 == depth ? " (the root)" : "");
}

// ---- against message passing

struct Exact {
  Vector one_given_one;
};
void fields_of(Exact& exact, Fields& fields) {
  fields.series("one_given_one", "levels_from_1", exact.one_given_one, "P(y_l = 1 | y_m = 1) by message passing");
}

std::vector<Quantity> exact_quantities(CheckContext& context, const std::string& record, const std::string& name,
                                       const sim::LatentTreeConfig& simulated, const Vector& predicted) {
  const Vector exact = measured_once(context, record, [&] {
                         return Exact{exact_cooccurrence(sim::LatentTree(simulated))};
                       }).one_given_one;
  std::vector<Quantity> list;
  for (Index i = 0; i < exact.size(); ++i)
    list.push_back({at_level(name, i, exact.size()), predicted[i], exact[i], 1e-14,
                    "some ten roundings on either side of numbers in [0, 1], and no cancellation"});
  return list;
}

Control exact_control(CheckContext& context, const std::string& record, const std::string& what,
                      const sim::LatentTreeConfig& simulated, const Vector& predicted) {
  const std::vector<Quantity> list = exact_quantities(context, record, "binary tree", simulated, predicted);
  return {what, verdict_within(list), list};
}

/// Theorem 5's formula for H <= L-1 used at H = L as well.
Vector without_root_case(const sim::LatentTreeConfig& config) {
  Vector predicted = predicted_cooccurrence(config);
  sim::LatentTreeConfig deeper = config;  // one level more below the same rho^{L-1} rho_0: H = L is no root case there
  ++deeper.depth;
  for (double& zero : deeper.zero_given_root) zero = 0.5 + (zero - 0.5) / config.rho;
  predicted[predicted.size() - 1] = predicted_cooccurrence(deeper)[predicted.size() - 1];
  return predicted;
}

void check_exact(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = load_scenario("joma/hblt").config_hash;
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.quantities =
      exact_quantities(context, "binary", "binary tree", binary_tree(), predicted_cooccurrence(binary_tree()));
  for (const Quantity& quantity :
       exact_quantities(context, "ternary", "ternary tree", ternary_tree(), predicted_cooccurrence(ternary_tree())))
    evidence.quantities.push_back(quantity);
  evidence.verdict = verdict_within(evidence.quantities);
  const double worst = largest_of(numbers_of(
      evidence.quantities, [](const Quantity& quantity) { return std::abs(quantity.measured - quantity.predicted); }));
  evidence.reason = "closed form and sum-product agree to " + in_words(worst) + " at every H, the root included";
  evidence.negative_controls = {
      exact_control(context, "asymmetric", "edges not symmetric: P(0|0) = .99, P(1|1) = .91",
                    with_asymmetry(binary_tree(), 0.04), predicted_cooccurrence(binary_tree())),
      exact_control(context, "root", "rho^{2H} used at H = L as well, where it is rho^{2(L-1)} q_2", binary_tree(),
                    without_root_case(binary_tree()))};
}

// ---- against samples

std::vector<Quantity> sampled_quantities(CheckContext& context, const std::string& record, const std::string& name,
                                         const sim::LatentTreeConfig& simulated, const Vector& predicted,
                                         const std::vector<long>& seeds) {
  const sim::LatentTree tree(simulated);
  const LeafCounts counts = pooled(measured(context, record, seeds, [&](long seed) {
    LeafCounts some;
    add_samples(tree, static_cast<std::uint64_t>(seed), 0, samples_per_seed, some);
    return some;
  }));
  const Vector share = sampled_cooccurrence(counts), error = standard_errors(predicted, counts);
  std::vector<Quantity> list;
  for (Index i = 0; i < share.size(); ++i)
    list.push_back({at_level(name, i, share.size()), predicted[i], share[i], largest_z * error[i],
                    "4 standard errors at the prediction, " + std::to_string(counts.condition) +
                        " independent samples with y_m = 1: false alarm 6e-5 each"});
  return list;
}

Control sampled_control(CheckContext& context, const std::string& record, const std::string& what,
                        const sim::LatentTreeConfig& simulated, const Vector& predicted,
                        const std::vector<long>& seeds) {
  const std::vector<Quantity> list = sampled_quantities(context, record, "binary tree", simulated, predicted, seeds);
  return {what, verdict_within(list), list};
}

double largest_score(const std::vector<Quantity>& quantities) {
  return largest_of(numbers_of(quantities, [](const Quantity& quantity) {
    return largest_z * std::abs(quantity.measured - quantity.predicted) / quantity.tolerance;
  }));
}

void check_samples(CheckContext& context, Evidence& evidence, RootMean mean) {
  evidence.settings_hash = load_scenario("joma/hblt").config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  const auto predicted = [mean](const sim::LatentTreeConfig& config) { return predicted_cooccurrence(config, mean); };
  evidence.quantities =
      sampled_quantities(context, "binary", "binary tree", binary_tree(), predicted(binary_tree()), evidence.seeds);
  for (const Quantity& quantity : sampled_quantities(context, "ternary", "ternary tree", ternary_tree(),
                                                     predicted(ternary_tree()), evidence.seeds))
    evidence.quantities.push_back(quantity);
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "largest |z| " + in_words(largest_score(evidence.quantities)) +
                    " over H = 1..L of two trees: " + verdict_in_words(evidence.verdict);
  evidence.negative_controls = {
      sampled_control(context, "weaker", "samples of rho = .89 judged by the prediction for .9",
                      with_rho(binary_tree(), 0.89), predicted(binary_tree()), evidence.seeds),
      sampled_control(context, "asymmetric", "edges not symmetric: P(0|0) = .96, P(1|1) = .94",
                      with_asymmetry(binary_tree(), 0.01), predicted(binary_tree()), evidence.seeds)};
  if (mean == RootMean::literal) {
    // Weaker edges, so that 1 - rho^{L-1} rho_0 is far from 0 and samples with y_m = 1 are many.
    const sim::LatentTreeConfig certain = with_certain_root(with_rho(binary_tree(), 0.8));
    evidence.positive_controls = {sampled_control(context, "certain",
                                                  "P(y = 0 | y_0 = k) = 1 for every k, where P = 2P - 1", certain,
                                                  predicted(certain), evidence.seeds)};
  }
}

}  // namespace

ClaimEntry J17_claim() {
  return {
      "J17",
      "joma",
      "Theorem 5: on a hierarchical binary latent tree two tokens co-occur the more, the lower they meet: P(y_l = 1 | "
      "y_m = 1) = (1/2)(1 + rho^{2H} - 2 rho^{L-1} rho_0)/(1 - rho^{L-1} rho_0)",
      R"(\Pr[y_l = 1 \mid y_m = 1] &= \frac12 \cdot \frac{1 + \rho^{2H} - 2 \rho^{L-1} \rho_0}{1 - \rho^{L-1} \rho_0}
  \quad (H < L), \qquad \rho_0 = \sum_k P(k)\, \bigl(2 P(0 \mid k) - 1\bigr) \\
H = L:\quad & \rho^{2(L-1)} q_2 \ \text{ in place of } \rho^{2H}, \qquad
  q_2 = \sum_k P(k)\, \bigl(2 P(0 \mid k) - 1\bigr)^2)",
      "arXiv 2310.00535, Theorem 5, restated in joma.md, \"Theorem 5 and Table 1\"",
      {"depth 1 stands at P(y = 0 | y_0 = k), every edge below keeps the value with probability (1 + rho)/2",
       "H = L, which the theorem leaves out: rho^{2(L-1)} q_2 in place of rho^{2H}, q_2 = sum_k P(k) (2 P(0|k) - 1)^2",
       "rho_0 = sum_k P(k) (2 P(0|k) - 1); without the 2P - 1 (`literal`) the formula is expected to be refuted",
       "samples: one pair of leaves per H, so counts are binomial given the number of samples with y_m = 1"},
      {{"message passing", Verdict::supported, "quick", check_exact},
       {"samples", Verdict::supported, "quick",
        [](CheckContext& context, Evidence& evidence) { check_samples(context, evidence, RootMean::signed_mean); }},
       {"literal rho_0", Verdict::refuted, "quick",
        [](CheckContext& context, Evidence& evidence) { check_samples(context, evidence, RootMean::literal); }}}};
}

}  // namespace lemmata::scenarios
