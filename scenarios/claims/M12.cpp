#include <algorithm>
#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/schedule_outcome.h"

namespace lemmata::scenarios {
namespace {

constexpr long positive_seeds = 10;
constexpr long own_seeds = 20, first_seed = 20;  // seeds 0-19 were looked at before the margins were fixed

// Steps of a fixed length 0.02 cannot settle: a run that takes no others ends high and never reaches 1e-6.
constexpr const char* stage_one_only = R"([{"name": "I", "steps": 3800, "train": {
    "ffn": {"optimizer": "normalized_gd", "learning_rate": 0.02},
    "gate": {"optimizer": "gd", "learning_rate": 1.0}}}])";

Control stage_one_control(CheckContext& context) {
  const std::vector<long> seeds = seed_list(positive_seeds, first_seed);
  const std::vector<ScheduleOutcome> own = schedule_outcomes(context, "control_three_stages",
                                                             load_scenario("mot/three_stage"), seeds),
                                     other = schedule_outcomes(
                                         context, "control_stage_one",
                                         load_scenario("mot/three_stage", {{"stages", stage_one_only}}), seeds);
  const ScheduleComparison found = compare_schedules(own, other);
  return {"stage I alone for the whole budget: its normalised steps cannot settle", found.verdict, found.quantities};
}

void check_against(CheckContext& context, Evidence& evidence, const std::vector<Override>& schedule) {
  const Scenario three = load_scenario("mot/three_stage"), other = load_scenario("mot/three_stage", schedule);
  evidence.settings_hash = other.config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds), first_seed);
  const std::vector<ScheduleOutcome> own = schedule_outcomes(context, "three_stages", three, evidence.seeds),
                                     others = schedule_outcomes(context, "other", other, evidence.seeds);
  const ScheduleComparison found = compare_schedules(own, others);
  evidence.quantities = found.quantities;
  evidence.verdict = found.verdict;
  evidence.interval = found.loss;
  evidence.interval_of =
      "log10 of the other schedule's final prediction loss over that of three stages, paired median, 97.5 %";
  evidence.reason = "median ratio of T(1e-6) 10^" + in_words(found.quantities[0].measured) + ", of the final loss 10^" +
                    in_words(found.quantities[1].measured) + " (other / three stages)";
  std::vector<ScheduleOutcome> shifted = own;
  std::rotate(shifted.begin(), shifted.begin() + (shifted.empty() ? 0 : 1), shifted.end());
  const ScheduleComparison same = compare_schedules(own, shifted);
  evidence.negative_controls = {{"three stages against three stages of other seeds", same.verdict, same.quantities}};
  evidence.positive_controls = {stage_one_control(context)};
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
           against("against I+II merged", Verdict::supported, {{"schedule.preset", "two_stage"}}),
           against("against II+III merged", Verdict::refuted, {{"schedule.preset", "two_stage_late"}}),
           against("against II and III in turn", Verdict::refuted,
                   {{"schedule.preset", "alternating"}, {"schedule.period", "100"}})}};
}

}  // namespace lemmata::scenarios
