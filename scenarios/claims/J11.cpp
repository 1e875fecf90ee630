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

constexpr long components = 10, seeds = 100;
constexpr double per_step = 1e-12, rise_that_counts = 1e-3;

/// Entropies at 100 even times up to .99 of the blow-up (exp) or to |mu| t = 5 (linear).
std::vector<EntropyCurve> stationary_curves(CheckContext& context, const std::string& name, long count,
                                            const std::function<sim::ReducedConfig(long seed)>& configure) {
  return measured(context, name, seed_list(count), [&](long seed) {
    const sim::ReducedConfig config = configure(seed);
    const sim::ReducedSystem system(config, static_cast<std::uint64_t>(seed));
    const Vector length = system.mu().rowwise().squaredNorm().cwiseSqrt();
    double last = 5 / length.maxCoeff();
    if (config.attention == "exp" && config.nodes > 1) {
      last = 0.99 * theory::erf_law_blow_up_time(length, 1, 1);
    } else if (config.attention == "exp") {
      // attention exp(z), z = v^2/2 + z(0) - v(0)^2/2: the law from v(0) with Delta exp(z(0) - v(0)^2/2)
      const Matrix start = system.initial().at("v");
      const Vector factor = (config.z0 - start.col(0).array().square() / 2).exp().matrix();
      last = 0.99 * theory::erf_law_blow_up_time_from(system.mu().col(0).cwiseProduct(factor), start.col(0), 1, 1);
    }
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

constexpr double start_high = 2;

/// v(0) = 2, Delta = sign |N(0, 1)|.
sim::ReducedConfig from_equal(double sign, long seed) {
  sim::ReducedConfig config = stationary_config("exp", components, seed);
  config.mu = {positive_means(components, seed)};
  config.scale = sign;
  config.v0 = start_high;
  config.z0 = start_high * start_high / 2;  // the invariant's: attention exp(v^2/2)
  return config;
}

/// The broken hypothesis: linear phi, but g moves with the outputs.
Control squared_loss_control(CheckContext& context) {
  const auto curves = measured(context, "squared_loss", seed_list(3), [](long seed) {
    const std::vector<double> times = log_times(0.01, 1000, 100);
    return EntropyCurve{times, flow_entropies(squared_loss_config(seed), seed, times, 1e-9)};
  });
  return control_of("g not stationary: linear phi with squared loss",
                    {never_rises(curves, "3 seeds"), largest_rise(curves)});
}

void check_from_zero(CheckContext& context, Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(from_zero("exp", 1, evidence.seeds.front()));
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
  evidence.negative_controls = {squared_loss_control(context)};
}

void check_equal(CheckContext& context, Evidence& evidence, bool along) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(from_equal(along ? 1 : -1, evidence.seeds.front()));
  const auto count = static_cast<long>(evidence.seeds.size());
  const auto with_it = stationary_curves(context, "along", count, [](long seed) { return from_equal(1, seed); });
  const auto against = stationary_curves(context, "against", count, [](long seed) { return from_equal(-1, seed); });
  const auto& judged = along ? with_it : against;
  evidence.quantities = {never_rises(judged, "v(0) = 2"), rising_seeds(judged), largest_rise(judged)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "from v(0) = 2 and Delta " + std::string(along ? "> 0" : "< 0") + " the entropy rises by " +
                    in_words(evidence.quantities[2].measured) + " nat at most, by more than 1e-3 in " +
                    in_words(evidence.quantities[1].measured) + " of " + std::to_string(count) + " seeds";
  if (along) {
    evidence.negative_controls = {control_of("Delta < 0, against v(0)", {never_rises(against, "v(0) = 2")})};
  } else {
    evidence.positive_controls = {
        control_of("Delta > 0, where v^2 and its speed stay in one order", {never_rises(with_it, "v(0) = 2")})};
    evidence.negative_controls = {squared_loss_control(context)};
  }
}

void check_softmax(CheckContext& context, Evidence& evidence) {
  evidence.seeds = seed_list(context.seeds_or(seeds));
  evidence.settings_hash = settings_hash(softmax_config(components, evidence.seeds.front()));
  const auto curves = measured(context, "curves", evidence.seeds, [](long seed) {
    const std::vector<double> times = log_times(0.1, 2000, 100);
    return EntropyCurve{times, flow_entropies(softmax_config(components, seed), seed, times, 1e-9)};
  });
  evidence.quantities = {never_rises(curves, "softmax attention to t = 2000"), rising_seeds(curves),
                         largest_rise(curves)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "softmax attention: the entropy rises by more than 1e-3 nat in " +
                    in_words(evidence.quantities[1].measured) + " of " + std::to_string(curves.size()) + " seeds, by " +
                    in_words(evidence.quantities[2].measured) + " at most";
  evidence.negative_controls = {squared_loss_control(context)};
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
      R"(H(p(t_{i+1})) - H(p(t_i)) &\le 10^{-12} \ \text{ for all records } i, \qquad
  p_l = \frac{\sigma(z_l)}{\sum_m \sigma(z_m)}, \quad H(p) = -\sum_l p_l \ln p_l)",
      "arXiv 2310.00535, section 3 (linear activation: attention becomes sparse); joma.md, Theorems 2 to 4",
      {"Delta ~ N(0, 1), 10 components; v and z are integrated jointly; entropy of exp(z) or z, normalised",
       "proof where it holds: dH/dt = -Cov_p(u, du/dt) with attention softmax(u); from v(0) = 0, u_l and du_l/dt are "
       "both increasing in |Delta_l| (|mu_l| for K nodes), so the covariance is not negative",
       "from equal v(0) that is so only if no Delta turns a v around: Delta of the sign of v(0)",
       "softmax attention: 20 samples x uniform on the simplex, g ~ N(0, 1), T = 1"},
      {{"exp and linear attention, v(0) = 0", Verdict::supported, "quick", check_from_zero},
       {"v(0) equal, Delta of its sign", Verdict::supported, "quick",
        [](CheckContext& context, Evidence& evidence) { check_equal(context, evidence, true); }},
       {"v(0) equal, Delta against it", Verdict::refuted, "quick",
        [](CheckContext& context, Evidence& evidence) { check_equal(context, evidence, false); }},
       {"softmax attention", Verdict::refuted, "quick", check_softmax}}};
}

}  // namespace lemmata::scenarios
