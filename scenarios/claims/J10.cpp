#include <cmath>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"
#include "theory/hyperbolic_law.h"

namespace lemmata::scenarios {
namespace {

constexpr long components = 10, seeds = 20;
constexpr double z_start = 1.3, farthest = 5;  // largest |mu| t/A: cosh(5) = 74

sim::ReducedConfig linear_config(const std::string& attention, long nodes, double normalisation, double v0, long seed) {
  sim::ReducedConfig config = stationary_config(attention, components, seed);
  config.nodes = nodes;
  config.normalisation = normalisation;
  config.z0 = z_start - 1;  // linear attention starts at 1 + z0
  config.v0 = v0;
  return config;
}

std::vector<FlowSamples> linear_runs(CheckContext& context, const std::string& name, long count, long nodes,
                                     double normalisation, const std::string& attention = "linear", double v0 = 0) {
  return measured(context, name, seed_list(count), [&](long seed) {
    const double reach = attention == "linear" ? farthest : 0.5;  // before the blow-up of exponential attention
    return flow_samples(
        linear_config(attention, nodes, normalisation, v0, seed), seed, {0.2, 0.6, 1},
        [&](const Matrix& mu) { return reach * normalisation / std::sqrt(mu.rowwise().squaredNorm().maxCoeff()); });
  });
}

std::vector<Quantity> errors(const std::vector<FlowSamples>& runs, double normalisation) {
  std::vector<double> of_v, of_z;
  for (const FlowSamples& run : runs) {
    const Matrix mu = run.mu_matrix();
    const Vector z0 = Vector::Constant(mu.rows(), z_start);
    for (std::size_t i = 0; i < run.times.size(); ++i) {
      const theory::HyperbolicLaw law = theory::hyperbolic_law(mu, z0, run.times[i], normalisation);
      of_v.push_back(relative_gap(run.v_at(i), law.v));
      of_z.push_back(relative_gap(run.z_at(i), law.z));
    }
  }
  const std::string over = " over " + std::to_string(runs.size()) + " seeds, A = " + in_words(normalisation);
  const std::string reason = "an ODE solver at tolerance 1e-13; the flow magnifies an error by e^5 = 148 at most";
  return {{"largest |v - z0 Delta sinh/rho|/max|v|" + over, 0, largest_of(of_v), 1e-9, reason},
          {"largest |z - z0 cosh|/max|z|" + over, 0, largest_of(of_z), 1e-9, reason}};
}

void check_law(CheckContext& context, Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(linear_config("linear", 1, 1, 0, evidence.seeds.front()));
  evidence.quantities = errors(linear_runs(context, "one_node", static_cast<long>(evidence.seeds.size()), 1, 1), 1);
  const std::vector<Quantity> more = errors(linear_runs(context, "four_nodes", 10, 4, 2.5), 2.5);
  evidence.quantities.insert(evidence.quantities.end(), more.begin(), more.end());
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "v and z as sinh and cosh to " + in_words(evidence.quantities[0].measured) + " and " +
                    in_words(evidence.quantities[1].measured);
  evidence.negative_controls = {
      control_of("exponential attention", errors(linear_runs(context, "exp", 5, 1, 1, "exp"), 1)),
      control_of("v(0) = .1 in place of 0", errors(linear_runs(context, "started", 5, 1, 1, "linear", 0.1), 1))};
}

}  // namespace

ClaimEntry J10_claim() {
  return {
      "J10",
      "joma",
      "Linear activation, stationary g, linear attention, v(0) = 0: v = z0 sinh(Delta t/A), z = z0 cosh(Delta t/A), "
      "and with K nodes the same along each row: growth without a blow-up",
      R"(v_{kl} &= z_l(0)\, \frac{\Delta_{kl}}{\|\Delta_l\|} \sinh\frac{\|\Delta_l\|\, t}{A}, \qquad
z_l = z_l(0) \cosh\frac{\|\Delta_l\|\, t}{A})",
      "arXiv 2310.00535, Theorem 2; joma.md, Theorem 2",
      {"Delta ~ N(0, 1), 10 components; four nodes: rows of that length and a random direction; z0 = 1.3",
       "v and z are integrated jointly"},
      {{"sinh and cosh", Verdict::supported, "quick", check_law}}};
}

}  // namespace lemmata::scenarios
