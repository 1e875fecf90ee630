#include <algorithm>
#include <cmath>

#include "analysis/curve_rebound.h"
#include "scenarios/claims/claim.h"
#include "scenarios/measure/entropy_curve.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"
#include "theory/row_law.h"

namespace lemmata::scenarios {
namespace {

constexpr long components = 10, seeds = 100;
constexpr double per_step = 1e-12, rise_that_counts = 1e-3;

/// Entropies at 100 even times up to .99 of the blow-up from v = 0 (exp), or to |mu| t = 5 (linear).
std::vector<EntropyCurve> stationary_curves(CheckContext& context, const std::string& name, long count,
                                            const std::function<sim::ReducedConfig(long seed)>& configure,
                                            double share = 0.99) {
  return measured(context, name, seed_list(count), [&](long seed) {
    const sim::ReducedConfig config = configure(seed);
    const Matrix mu = sim::ReducedSystem(config, static_cast<std::uint64_t>(seed)).mu();
    const double last = config.attention == "linear" ? 5 / std::sqrt(mu.rowwise().squaredNorm().maxCoeff())
                                                     : share * theory::row_law_blow_up_time(mu, 1, config.temperature);
    const std::vector<double> times = even_times(last, 100);
    return EntropyCurve{times, flow_entropies(config, seed, times, 1e-13)};
  });
}

/// Holds if no step rises by more than rounding.
Quantity never_rises(const std::vector<EntropyCurve>& curves, const std::string& what) {
  const auto step = [](const EntropyCurve& curve) { return analysis::curve_rebound(curve.entropy).largest_step; };
  return {"largest rise of the entropy from one record to the next, " + what + ": at most",
          per_step,
          largest_of(numbers_of(curves, step)),
          0,
          "1e-12 is the check's own allowance for rounding and the solver",
          Criterion::at_most};
}

Quantity rising_seeds(const std::vector<EntropyCurve>& curves) {
  const auto rising = std::count_if(curves.begin(), curves.end(), [](const EntropyCurve& c) {
    return analysis::curve_rebound(c.entropy).largest_rise > rise_that_counts;
  });
  return reported({"seeds of " + std::to_string(curves.size()) + " whose entropy rises by more than 1e-3 nat", 0,
                   static_cast<double>(rising), 0, "reported"});
}

Quantity largest_rise(const std::vector<EntropyCurve>& curves) {
  return reported({"largest rise of the entropy, in nats", 0,
                   largest_of(numbers_of(
                       curves, [](const EntropyCurve& c) { return analysis::curve_rebound(c.entropy).largest_rise; })),
                   0, "reported"});
}

sim::ReducedConfig from_zero(const std::string& attention, long nodes, long seed) {
  sim::ReducedConfig config = stationary_config(attention, components, seed);
  config.nodes = nodes;
  return config;
}

sim::ReducedConfig from_equal(double v0, bool one_sign, long seed) {
  sim::ReducedConfig config = stationary_config("exp", components, seed);
  if (one_sign) config.mu = {positive_means(components, seed)};
  config.v0 = v0;
  config.z0 = v0 * v0 / 2;  // the invariant's: attention exp(v^2/2)
  return config;
}

// From v0 > 0 the flow ends earlier than from 0: this share of that time is before it in every seed.
constexpr double start_high = 1, early = 0.3;

std::vector<EntropyCurve> unequal_curves(CheckContext& context) {
  return stationary_curves(
      context, "unequal", 20,
      [](long seed) {
        sim::ReducedConfig config = stationary_config("exp", components, seed);
        config.v0 = start_high;
        config.start = "normal";
        return config;
      },
      early);
}

void check_from_zero(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = reduced_hash("joma/linear_activation_blowup");
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  const auto count = static_cast<long>(evidence.seeds.size());
  for (const char* attention : {"exp", "linear"}) {
    for (const long nodes : {1L, 4L}) {
      const std::string name = std::string(attention) + "_" + std::to_string(nodes);
      evidence.quantities.push_back(never_rises(
          stationary_curves(context, name, count, [&](long seed) { return from_zero(attention, nodes, seed); }),
          std::string(attention) + " attention, " + std::to_string(nodes) + " nodes"));
    }
  }
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "largest step upwards " + in_words(evidence.quantities[0].measured) +
                    " (exp, one node): " + verdict_in_words(evidence.verdict);
  const auto unequal = unequal_curves(context);
  evidence.negative_controls = {
      control_of("v(0) ~ N(0, 1), unequal, z(0) = 0", {never_rises(unequal, "20 seeds"), largest_rise(unequal)})};
}

void check_equal(CheckContext& context, Evidence& evidence, bool one_sign) {
  evidence.settings_hash = reduced_hash("joma/linear_activation_blowup");
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  const auto count = static_cast<long>(evidence.seeds.size());
  const auto positive = stationary_curves(
      context, "one_sign", count, [](long seed) { return from_equal(start_high, true, seed); }, early);
  const auto mixed = stationary_curves(
      context, "mixed_signs", count, [](long seed) { return from_equal(start_high, false, seed); }, early);
  const auto& judged = one_sign ? positive : mixed;
  const auto& other = one_sign ? mixed : positive;
  evidence.quantities = {never_rises(judged, "v(0) = 1"), rising_seeds(judged), largest_rise(judged)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "from v(0) = 1, Delta " + std::string(one_sign ? "> 0" : "of both signs") +
                    ": the entropy rises by " + in_words(evidence.quantities[2].measured) +
                    " nat at most, by more than 1e-3 in " + in_words(evidence.quantities[1].measured) + " seeds";
  const Control control =
      control_of(one_sign ? "Delta of both signs" : "every Delta > 0, where v^2 and its speed are in one order",
                 {never_rises(other, "v(0) = 1")});
  (one_sign ? evidence.negative_controls : evidence.positive_controls) = {control};
}

void check_softmax(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = reduced_hash("joma/linear_activation_blowup");
  evidence.seeds = seed_list(context.seeds_or(seeds));
  const auto curves = measured(context, "curves", evidence.seeds, [](long seed) {
    sim::ReducedConfig config = stationary_config("softmax", components, seed);
    config.law = "fixed_upstream";
    const std::vector<double> times = log_times(0.1, 2000, 100);
    return EntropyCurve{times, flow_entropies(config, seed, times, 1e-9)};
  });
  evidence.quantities = {never_rises(curves, "softmax attention to t = 2000"), rising_seeds(curves),
                         largest_rise(curves)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "softmax attention: the entropy rises by more than 1e-3 nat in " +
                    in_words(evidence.quantities[1].measured) + " of " + std::to_string(curves.size()) + " seeds, by " +
                    in_words(evidence.quantities[2].measured) + " at most";
  evidence.positive_controls = {control_of(
      "exponential attention from v(0) = 0",
      {never_rises(stationary_curves(context, "exp", 20, [](long seed) { return from_zero("exp", 1, seed); }),
                   "exp attention")})};
}

}  // namespace

ClaimEntry J11_claim() {
  return {
      "J11",
      "joma",
      "Linear activation and stationary g: the attention's entropy never rises",
      "arXiv 2310.00535, section 3 (linear activation: attention becomes sparse); joma.md sections 3 and 4",
      {"Delta ~ N(0, 1), 10 components; v and z are integrated jointly; entropy of exp(z) or z, normalised",
       "proof where it holds: dH/dt = -Cov_p(u, du/dt) with attention softmax(u); from v(0) = 0, u_l and du_l/dt are "
       "both increasing in |Delta_l| (|mu_l| for K nodes), so the covariance is not negative",
       "from equal v(0) that is so only if no Delta turns a v around: Delta of the sign of v(0)",
       "softmax attention: 20 samples x uniform on the simplex, g ~ N(0, 1), T = 1"},
      {{"exp and linear attention, v(0) = 0", Verdict::supported, "quick", check_from_zero},
       {"v(0) equal, Delta of its sign", Verdict::supported, "quick",
        [](CheckContext& context, Evidence& evidence) { check_equal(context, evidence, true); }},
       {"v(0) equal, Delta of both signs", Verdict::refuted, "quick",
        [](CheckContext& context, Evidence& evidence) { check_equal(context, evidence, false); }},
       {"softmax attention", Verdict::refuted, "quick", check_softmax}}};
}

}  // namespace lemmata::scenarios
