#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "analysis/steps_to_eps.h"
#include "scenarios/claims/claim.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/measure/stored.h"

namespace lemmata::scenarios {
namespace {

constexpr double eps = 1e-6, confidence = 0.975;        // two intervals per comparison: 95 % together
constexpr double step_margin = 0.1, loss_margin = 1;    // in decades: 26 % more steps, a tenth of the loss
constexpr long own_seeds = 20, first_seed = 20;         // seeds 0-19 were looked at before the margins were fixed

struct Outcome {
  double steps = 0;   ///< T(eps); one more than the budget if not reached, the least that it can be
  double loss = 0;    ///< prediction loss after the last update; of a diverged run the largest number
};

struct FollowLoss final : sim::Observer {
  bool observe(const sim::Snapshot& snapshot) override {
    tracked.observe(snapshot.state.step, snapshot.evaluation.prediction_loss);
    last = snapshot.evaluation.prediction_loss;
    return true;
  }
  analysis::StepsToEps tracked;
  double last = 0;
};

std::vector<Outcome> outcomes(CheckContext& context, const Scenario& scenario, const std::vector<long>& seeds) {
  return over_seeds(context, seeds, [&](long seed) {
    const sim::Experiment experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
    sim::TrainingState state = sim::initial_state(experiment);
    FollowLoss observer;
    const bool completed = sim::train(experiment, state, observer).stop_reason == "completed";
    const long reached = observer.tracked.first_step(eps);
    long budget = 0;
    for (const sim::StageConfig& stage : experiment.config.stages) budget += stage.steps;
    return Outcome{static_cast<double>(reached >= 0 ? reached : budget + 1),
                   completed ? observer.last : std::numeric_limits<double>::max()};
  });
}

/// log10(other / own) per seed.
std::vector<double> decades(const std::vector<Outcome>& own, const std::vector<Outcome>& other,
                            double Outcome::*number) {
  std::vector<double> list;
  for (std::size_t i = 0; i < own.size(); ++i) {
    list.push_back(std::log10(other[i].*number) - std::log10(own[i].*number));
  }
  return list;
}

struct Comparison {
  analysis::Interval steps, loss;
  std::vector<Quantity> quantities;
  Verdict verdict = Verdict::inconclusive;
};

Quantity median_quantity(const std::string& what, const std::vector<double>& list, const analysis::Interval& interval,
                         double margin) {
  const double median = analysis::median(list);
  return {what,
          margin,
          median,
          median - interval.lower,
          "down to the lower end of the distribution-free 97.5 % interval of the paired median",
          Criterion::at_least};
}

// "Better" is better by more than the margins in steps AND in final loss; certainly not so in one of them refutes it.
Comparison compare(const std::vector<Outcome>& own, const std::vector<Outcome>& other) {
  const std::vector<double> steps = decades(own, other, &Outcome::steps), loss = decades(own, other, &Outcome::loss);
  Comparison found{analysis::median_interval(steps, confidence),
                   analysis::median_interval(loss, confidence),
                   {},
                   Verdict::inconclusive};
  found.quantities = {
      median_quantity("log10 T(1e-6) of the other schedule / three stages, median over seeds: more than", steps,
                      found.steps, step_margin),
      median_quantity("log10 final prediction loss of the other / three stages, median over seeds: more than", loss,
                      found.loss, loss_margin)};
  if (found.steps.lower > step_margin && found.loss.lower > loss_margin) found.verdict = Verdict::supported;
  if (found.steps.upper < step_margin || found.loss.upper < loss_margin) found.verdict = Verdict::refuted;
  return found;
}

void store_outcomes(Evidence& evidence, const std::string& arm, const std::vector<Outcome>& list) {
  store(evidence, arm + "_steps", {{"seed", list.size()}}, numbers_of(list, [](const Outcome& o) { return o.steps; }),
        "T(1e-6); 3801 = not reached");
  store(evidence, arm + "_loss", {{"seed", list.size()}}, numbers_of(list, [](const Outcome& o) { return o.loss; }),
        "prediction loss after the last update");
}

void check_against(CheckContext& context, Evidence& evidence, const std::vector<Override>& schedule) {
  const Scenario three = load_scenario("mot/three_stage"), other = load_scenario("mot/three_stage", schedule);
  evidence.settings_hash = other.config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds), first_seed);
  const std::vector<Outcome> own = outcomes(context, three, evidence.seeds),
                             others = outcomes(context, other, evidence.seeds);
  const Comparison found = compare(own, others);
  store_seeds(evidence, "seed", evidence.seeds);
  store_outcomes(evidence, "three_stages", own);
  store_outcomes(evidence, "other", others);
  evidence.quantities = found.quantities;
  evidence.verdict = found.verdict;
  evidence.interval = found.loss;
  evidence.interval_of =
      "log10 of the other schedule's final prediction loss over that of three stages, paired median, 97.5 %";
  evidence.reason = "median ratio of T(1e-6) 10^" + in_words(found.quantities[0].measured) + ", of the final loss 10^" +
                    in_words(found.quantities[1].measured) + " (other / three stages)";
  std::vector<Outcome> shifted = own;
  std::rotate(shifted.begin(), shifted.begin() + (shifted.empty() ? 0 : 1), shifted.end());
  const Comparison same = compare(own, shifted);
  evidence.negative_controls = {{"three stages against three stages of other seeds", same.verdict, same.quantities}};
}

ClaimSetting against(const std::string& name, Verdict expected, const std::vector<Override>& schedule) {
  return {name, expected, "quick",
          [=](CheckContext& context, Evidence& evidence) { check_against(context, evidence, schedule); }};
}

}  // namespace

ClaimEntry M12_claim() {
  return {"M12",
          "mot",
          "Three stages: trained in three stages a MoT needs fewer steps to eps = 1e-6 and ends lower than with the "
          "stages merged, at the same budget",
          "arXiv 2510.27004, the three-stage algorithm; mot.md section 6",
          {"mot/three_stage and its schedule presets: the same 3,800 steps, optimisers and rates; merged stages train "
           "every block of their parts at once",
           "fewer: by more than 0.1 decades of T(1e-6); lower: by more than a decade of the final prediction loss; "
           "both, over seeds 20-39, impure seeds included; a level that is not reached counts as 3,801 steps",
           "expected from seeds 0-19: one stage stalls near 1e-6 and I+II merged near 1e-9, because the frozen "
           "attention of stage III is what makes the descent geometric; "
           "merging II and III is as fast and ends lower: the split of II and III is not what helps"},
          {against("against one stage", Verdict::supported, {{"schedule.preset", "joint"}}),
           against("against I+II merged", Verdict::supported, {{"schedule.preset", "two_stage_early"}}),
           against("against II+III merged", Verdict::refuted, {{"schedule.preset", "two_stage_late"}}),
           against("against II and III in turn", Verdict::refuted,
                   {{"schedule.preset", "alternating"}, {"schedule.period", "100"}})}};
}

}  // namespace lemmata::scenarios
