#include "scenarios/measure/schedule_controls.h"

#include <algorithm>
#include <limits>
#include <string>

#include "scenarios/measure/quantities.h"

namespace lemmata::scenarios {
namespace {

constexpr long control_seeds = 10, first_control_seed = 20, first_other_seed = 1000;
constexpr const char* stage_one_only = R"([{"name": "I", "steps": 3800, "train": {
    "ffn": {"optimizer": "normalized_gd", "learning_rate": 0.02},
    "gate": {"optimizer": "gd", "learning_rate": 1.0}}}])";

}  // namespace

Control other_seeds_control(CheckContext& context, const std::vector<ScheduleOutcome>& own) {
  const std::vector<ScheduleOutcome> other =
      schedule_outcomes(context, "control_other_seeds", load_scenario("mot/three_stage"),
                        seed_list(static_cast<long>(own.size()), first_other_seed));
  const ScheduleComparison same = compare_schedules(own, other);
  return {"three stages against three stages of other seeds", same.verdict, same.quantities};
}

Control stage_one_control(CheckContext& context) {
  const std::vector<long> seeds = seed_list(control_seeds, first_control_seed);
  const std::vector<ScheduleOutcome> own = schedule_outcomes(context, "control_three_stages",
                                                             load_scenario("mot/three_stage"), seeds),
                                     other = schedule_outcomes(
                                         context, "control_stage_one",
                                         load_scenario("mot/three_stage", {{"stages", stage_one_only}}), seeds);
  const ScheduleComparison found = compare_schedules(own, other);
  return {"stage I alone for the whole budget: its normalised steps cannot settle", found.verdict, found.quantities};
}

void check_schedules(CheckContext& context, Evidence& evidence, const Scenario& other, long default_seeds, long first) {
  evidence.settings_hash = other.config_hash;
  evidence.seeds = seed_list(context.seeds_or(default_seeds), first);
  const std::vector<ScheduleOutcome> own = schedule_outcomes(context, "three_stages", load_scenario("mot/three_stage"),
                                                             evidence.seeds),
                                     others = schedule_outcomes(context, "other", other, evidence.seeds);
  const ScheduleComparison found = compare_schedules(own, others);
  evidence.quantities = found.quantities;
  evidence.verdict = found.verdict;
  evidence.interval = found.loss;
  evidence.interval_of = "log10 of the other's final prediction loss over that of three stages, paired median, 97.5 %";
  evidence.reason = "median ratio of T(1e-6) 10^" + in_words(found.quantities[0].measured) + ", of the final loss 10^" +
                    in_words(found.quantities[1].measured) + " (other / three stages)";
  const long diverged = std::count_if(others.begin(), others.end(), [](const ScheduleOutcome& one) {
    return one.loss == std::numeric_limits<double>::max();
  });
  if (diverged > 0) {
    evidence.verdict = Verdict::inconclusive;
    evidence.interval.reset();
    evidence.interval_of = "";
    evidence.reason = std::to_string(diverged) + " of " + std::to_string(others.size()) +
                      " runs of the other diverged: its rates are too large, which says nothing of the model";
  }
  evidence.negative_controls = {other_seeds_control(context, own)};
  evidence.positive_controls = {stage_one_control(context)};
}

}  // namespace lemmata::scenarios
