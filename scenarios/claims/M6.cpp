#include <string>

#include "scenarios/measure/loss_law.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/stage_three.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 20, frozen_steps = 2000;

std::vector<Quantity> quantities_of(const StageThree& run, const std::string& name) {
  const double passes = static_cast<double>(run.passes_per_step), predicted_slope = 1 / run.predicted_rate;
  const analysis::StepsLaw& steps = run.steps_law;
  const std::string slope =
      name + ": law of T(eps) is `" + analysis::steps_law_name(steps.kind) + "`; b of T = a + b ln(1/eps), ";
  const std::string from = "the fit's 95 % interval; predicted ";
  return {interval_quantity(name + ": law of L - L* is `" + analysis::law_name(run.law.law) + "`, rate per step",
                            run.predicted_rate, run.law.rate, run.law.interval, 0,
                            from + "-2 ln(1 - eta lambda_min) by the exact spectrum"),
          {name + ": largest |measured / predicted - 1| of the whole curve", 0, run.largest_difference,
           spectral_tolerance, "rounding of w - w* (2e-16 of ||w*||) down to an excess of 2e-19 lambda_max ||w*||^2"},
          interval_quantity(slope + "in steps", predicted_slope, steps.slope, steps.interval, 0,
                            from + "one over the rate"),
          interval_quantity(slope + "in forward passes, " + std::to_string(run.passes_per_step) + " a step",
                            passes * predicted_slope, passes * steps.slope,
                            {passes * steps.interval.lower, passes * steps.interval.upper}, 0,
                            from + "passes over the rate"),
          {name + ": decades of eps that T(eps) was followed over", least_decades, steps.decades, 0,
           "fewer than 3 are no evidence", Criterion::at_least},
          {name + ": floor of that law", 0, steps.floor, 0, "above a floor the law holds for no smaller eps"},
          reported({name + ": prediction loss at the end of stage II", 0, run.prediction_loss, 1e-9,
                    "the bar of a pure run"})};
}

std::vector<Quantity> quantities_of(const std::vector<StageThree>& runs) {
  std::vector<Quantity> list;
  for (std::size_t seed = 0; seed < runs.size(); ++seed) {
    for (const Quantity& quantity :
         quantities_of(runs[seed], "seed " + std::to_string(seed) +
                                       (runs[seed].exactly_pure ? "" : " (not exactly pure, not scored)"))) {
      list.push_back(runs[seed].exactly_pure ? quantity : reported(quantity));
    }
  }
  return list;
}

std::string reason_of(const std::vector<StageThree>& runs) {
  long pure = 0, exponential = 0, logarithmic = 0;
  std::string disagreeing;
  for (std::size_t seed = 0; seed < runs.size(); ++seed) {
    const StageThree& run = runs[seed];
    if (!run.exactly_pure) continue;
    ++pure;
    exponential += curve_verdict(run) == Verdict::supported;
    logarithmic += steps_verdict(run) == Verdict::supported;
    if (curve_verdict(run) != steps_verdict(run))
      disagreeing += (disagreeing.empty() ? "" : ", ") + std::to_string(seed);
  }
  const std::string of = " of " + std::to_string(pure) + " exactly pure seeds ";
  return std::to_string(exponential) + of +
         "exponential beside their exact spectral prediction, T(eps) `log` at one over that rate in " +
         std::to_string(logarithmic) +
         (disagreeing.empty() ? "" : "; curve and T(eps) disagree in seeds " + disagreeing);
}

void check_frozen(CheckContext& context, Evidence& evidence, double learning_rate) {
  const Scenario scenario = load_scenario("mot/three_stage");
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  const std::vector<StageThree> runs =
      stages_three(context, evidence, "mot", scenario, evidence.seeds, frozen_steps, learning_rate);
  evidence.quantities = quantities_of(runs);
  evidence.verdict = exponential_verdict(runs);
  evidence.reason = reason_of(runs);
  for (const StageThree& run : runs) {
    if (run.exactly_pure) {
      evidence.interval = run.law.interval;
      evidence.interval_of = "rate per step of the first exactly pure seed, 95 %";
      break;
    }
  }
  // Broken hypothesis: one model must serve all classes with two heads. Its spectrum is so wide that no rate is seen.
  const std::vector<StageThree> control = stages_three(context, evidence, "control", three_stage_of("single", 2),
                                                       seed_list(3), frozen_steps, learning_rate);
  evidence.negative_controls = {{"no experts: a single transformer with two heads, same stages and c",
                                 exponential_verdict(control), quantities_of(control)}};
}

}  // namespace

ClaimEntry M6_claim() {
  const LawClaim log_claim{analysis::Law::exponential, "mot"};
  return {
      "M6",
      "mot",
      "Main theorem: MoT reaches loss eps in O(log 1/eps) steps (stage III, gate frozen)",
      R"(\mathcal{L}(t) - \mathcal{L}^* &\sim C e^{-r t}, \qquad r = -2 \ln(1 - \eta \lambda_{\min}) \\
T(\varepsilon) &= a + b \ln(1/\varepsilon), \qquad b = 1/r)",
      "arXiv 2510.27004, main theorem, restated in mot.md section 6",
      {"O(log 1/eps) steps means that the excess L - L* falls exponentially, and that T(eps) = a + b ln(1/eps); a "
       "sum of exponentials is reported by its slowest rate",
       "T(eps), the first step at which the excess (logistic loss: the prediction loss) is <= eps, is followed at "
       "every step of stage III, ten levels of eps a decade; its law is fitted to the value reached at each level, "
       "of which T is exact; curve and T(eps) must agree",
       "squared loss: stage III trains the FFN alone, so that the problem is a fixed quadratic and its whole curve "
       "has an exact spectral prediction",
       "step size eta = c/lambda_max of the whole model with c = 1, and the equal eta = 0.05; one forward pass per "
       "step for MoT (top-1), H for a single transformer of H heads",
       "only pure seeds are scored (M1, M2 say how often that happens): at logistic loss those that end class-pure, as "
       "M2 states it; at squared loss, where the spectrum must be the classes' own, the exactly pure ones",
       "logistic loss: plain gd is expected to refute the claim, normalised gd to support it: the law follows loss "
       "and step rule"},
      {{"squared, eta = 1/lambda_max", Verdict::supported, "quick",
        [](CheckContext& c, Evidence& e) { check_frozen(c, e, 0); }},
       {"squared, eta = 0.05", Verdict::supported, "quick",
        [](CheckContext& c, Evidence& e) { check_frozen(c, e, 0.05); }},
       {"logistic, gd", Verdict::refuted, "quick",
        [=](CheckContext& c, Evidence& e) {
          check_loss_law(c, e, log_claim, {"mot/logistic_gd", "mot/single_logistic_gd"});
        }},
       {"logistic, normalized_gd", Verdict::supported, "quick", [=](CheckContext& c, Evidence& e) {
          check_loss_law(c, e, log_claim, {"mot/logistic_normalized_gd", "mot/logistic_gd"});
        }}}};
}

}  // namespace lemmata::scenarios
