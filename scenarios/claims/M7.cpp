#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "analysis/statistics.h"
#include "scenarios/measure/frozen_power.h"
#include "scenarios/measure/loss_law.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/stored.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 5, frozen_steps = 20000;

double at(const StageThree& run, double step) {
  const auto place = std::lower_bound(run.time.begin(), run.time.end(), step) - run.time.begin();
  return run.predicted[static_cast<std::size_t>(
      std::min<std::ptrdiff_t>(place, static_cast<std::ptrdiff_t>(run.predicted.size()) - 1))];
}

double relative_curvature(const StageThree& run) { return run.curvature_min / run.curvature_max; }
double floor_of_run(const StageThree& run) { return run.floor; }

constexpr std::array<double, 3> excess_steps = {800, 4000, 20000};
constexpr double least = std::numeric_limits<double>::min();  // stands for an excess that underflows

/// The excess at those steps in the pre-checks of mot.md section 7; NaN where it gives none.
struct PreCheck {
  double at_800 = std::nan(""), at_4000 = at_800, at_20000 = at_800;
};
const PreCheck two_heads{8e-5, 3e-5, 1e-5}, eight_heads{2e-4, 1e-4, 3e-5};
const PreCheck mixture_of_blocks{5e-21, 1e-59, 3e-252}, shared_block{1e-20, 3e-59, 1e-251};

// What the spectra look like, medians over seeds, and what the pre-checks had.
std::vector<Quantity> spectrum_quantities(const std::string& who, const std::vector<StageThree>& runs,
                                          const PreCheck& earlier = {}) {
  std::vector<Quantity> list;
  const auto add = [&](const std::string& what, double predicted, double tolerance, const std::string& reason,
                       auto&& value) {
    list.push_back(
        reported({who + ": " + what, predicted, analysis::median(numbers_of(runs, value)), tolerance, reason}));
  };
  const std::string median = "median over seeds; no earlier figure";
  add("lambda_min / lambda_max of the modes that move", std::nan(""), 0, median,
      [](const StageThree& r) { return r.curvature_min / r.curvature_max; });
  add("L*", std::nan(""), 0, median, [](const StageThree& r) { return r.floor; });
  add("final rate per step, -2 ln(1 - eta lambda_min): exponential in the end", std::nan(""), 0, median,
      [](const StageThree& r) { return r.predicted_rate; });
  const std::array<double, 3> predicted = {earlier.at_800, earlier.at_4000, earlier.at_20000};
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    add("log10 of the excess at step " + in_words(excess_steps[i]), std::log10(predicted[i]),
        0.5 + 0.02 * std::abs(std::log10(predicted[i])),
        "mot.md section 7, medians of 5 other seeds: half a decade, and 2 % of the decades fallen",
        [&](const StageThree& r) { return std::log10(std::max(at(r, excess_steps[i]), least)); });
  }
  return list;
}

void check_frozen(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = three_stage_of("single", 1).config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.evidence_level = EvidenceLevel::numerical;
  const auto runs_of = [&](const std::string& name, const Scenario& scenario) {
    return stages_three(context, evidence, name, scenario, evidence.seeds, frozen_steps);
  };
  const auto add = [&](const std::vector<Quantity>& more) {
    evidence.quantities.insert(evidence.quantities.end(), more.begin(), more.end());
  };
  std::vector<StageThree> all;
  std::string floors_and_spectra;
  evidence.reason = "exact p of T(eps) ~ eps^-p, in the seed farthest from 1:";
  for (const long heads : {1L, 2L, 4L, 8L}) {
    const std::vector<StageThree> runs = runs_of("single_" + std::to_string(heads), three_stage_of("single", heads));
    const std::string who = "H = " + std::to_string(heads);
    add(power_quantities(who, runs));
    evidence.reason += (heads == 1 ? " " : ", ") +
                       in_words(evidence.quantities[evidence.quantities.size() - 4].measured) + " at " + who;
    add(spectrum_quantities(who, runs, heads == 2 ? two_heads : heads == 8 ? eight_heads : PreCheck{}));
    floors_and_spectra += "; " + who + " has median L* " + in_words(analysis::median(numbers_of(runs, floor_of_run))) +
                          ", lambda_min/lambda_max " + in_words(analysis::median(numbers_of(runs, relative_curvature)));
    all.insert(all.end(), runs.begin(), runs.end());
  }
  evidence.verdict = power_verdict(all);
  evidence.reason += ": " + verdict_in_words(evidence.verdict) + floors_and_spectra;
  const std::vector<StageThree> planted = {planted_power(frozen_steps)};
  evidence.positive_controls = {{"a planted spectrum whose excess is 1/(t + 5), the claimed power",
                                 power_verdict(planted), power_quantities("planted", planted)}};
  const std::vector<StageThree> mixture = runs_of("mot", load_scenario("mot/three_stage"));
  add(spectrum_quantities("MoT, for comparison", mixture, mixture_of_blocks));
  add(spectrum_quantities("shared attention, for comparison",
                          runs_of("shared_attention", three_stage_of("shared_attention")), shared_block));
  evidence.negative_controls = {{"MoT in place of the single transformer: its excess falls exponentially",
                                 power_verdict(mixture), power_quantities("MoT", mixture)}};
}

// Seeds 0-9 were looked at when the rule for undecided seeds was written, so it is applied to others. 10^7 steps: three
// decades after the plateaus, which some seeds leave as late as step 10,000.
ClaimSetting logistic(const std::string& steps, const std::string& in_words, const std::string& cost, long first_seed,
                      long seeds) {
  const LawRuns runs{"mot/single_logistic_gd",
                     "mot/logistic_normalized_gd",
                     {{"stages.0.steps", steps}, {"data.heldout", "0"}},
                     first_seed,
                     seeds};
  const LawClaim power{analysis::Law::power, "single"};
  return {"logistic, gd, joint, " + in_words + " steps", Verdict::supported, cost,
          [=](CheckContext& c, Evidence& e) { check_loss_law(c, e, power, runs); }};
}

}  // namespace

ClaimEntry M7_claim() {
  const LawClaim power{analysis::Law::power, "single"};
  return {
      "M7",
      "mot",
      "A single transformer needs O(1/eps) steps: its loss falls as a power of time with exponent 1",
      R"(\mathcal{L}(t) &= C\,(t + t_0)^{-p}, \qquad T(\varepsilon) \propto \varepsilon^{-p}, \qquad p \in [0.9, 1.1])",
      "arXiv 2510.27004, comparison after the main theorem; mot.md section 6",
      {"O(1/eps) steps, tight, means loss ~ (t + t0)^-1; the whole interval of the fitted exponent must lie in "
       "[0.9, 1.1]",
       "logistic loss, one stage, all blocks by gd, one head; 40,000 steps leave one decade after the last "
       "plateau, which some seeds leave too late to be decided; 400,000 and 10^7 steps leave two and three",
       "T(eps) of the loss must be a power of 1/eps too, its exponent's whole interval in [0.9, 1.1] over 3 "
       "decades of eps or more; curve and T(eps) must agree",
       "squared loss, stage III with attention frozen, eta = 1/lambda_max: the exact spectrum gives T(eps) over "
       "six decades, the curve and T(eps) of 20,000 steps are fitted beside it",
       "one head, joint training by gd at squared loss: 1/t at first, then slower, so no textbook law"},
      {logistic("40000", "40,000", "quick", 10, 20),
       logistic("400000", "400,000", "quick", 10, 10),
       logistic("10000000", "10^7", "long", 10, 4),
       {"squared, attention frozen", Verdict::refuted, "quick", check_frozen},
       {"squared, gd, joint", Verdict::inconclusive, "quick", [=](CheckContext& c, Evidence& e) {
          check_loss_law(c, e, power, {"mot/single_transformer", "mot/logistic_normalized_gd"});
        }}}};
}

}  // namespace lemmata::scenarios
