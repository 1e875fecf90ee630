#include "scenarios/measure/prop1.h"

#include <limits>

#include "theory/coverage.h"

namespace lemmata::scenarios {
namespace {

constexpr double confidence = 0.95;
constexpr long control_seeds = 20;

Proportion measure(CheckContext& context, const Scenario& scenario, const std::vector<long>& seeds, const Prop1Event& event) {
  const Scenario stage_one = first_stages(scenario, 1);
  const auto held = over_seeds(context, seeds, [&](long seed) -> char {
    const FinalState end = train_seed(stage_one, seed);
    if (end.training.stop_reason != "completed") return 0;
    return event(specialisation(problem_of(end.experiment), end.state.parameters, end.routing, holds_load)) ? 1 : 0;
  });
  return proportion(std::vector<bool>(held.begin(), held.end()), confidence);
}

Quantity share_quantity(const std::string& what, const Proportion& found) {
  return {what, 1 - prop1_delta, found.share(), (found.interval.upper - found.interval.lower) / 2,
          "half width of the exact 95 % interval of " + std::to_string(found.successes) + " of " + std::to_string(found.trials)};
}

// The gate may learn label tokens where they are as strong as class tokens: the same check must not be supported.
NegativeControl leakage_control(CheckContext& context, const std::string& event_in_words, const Prop1Event& event) {
  const Proportion found = measure(context, load_scenario("mot/label_leakage"), seed_list(control_seeds), event);
  return {"beta = 1, gamma = 1: label tokens are as strong as class tokens, the gate may learn them", verdict_at_least(found, 1 - prop1_delta),
          {share_quantity(event_in_words, found)}};
}

void check_experts(CheckContext& context, Evidence& evidence, long experts, const std::string& event_in_words, const Prop1Event& event) {
  const Scenario scenario = load_scenario("mot/three_stage", {{"model.experts", std::to_string(experts)}});
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = seed_list(context.seeds_or(prop1_seeds));
  const Proportion found = measure(context, scenario, evidence.seeds, event);
  evidence.quantities = {share_quantity("P(" + event_in_words + ") over seeds, at the end of stage I", found),
                         {"N ln(N/delta), the sufficient number of experts", theory::sufficient_experts(scenario.config.data.classes, prop1_delta),
                          static_cast<double>(experts), 0, "the claim is made for M at least this"}};
  evidence.interval = found.interval;
  evidence.interval_of = "the probability, 95 % Clopper-Pearson at a fixed number of seeds";
  evidence.verdict = verdict_at_least(found, 1 - prop1_delta);
  evidence.reason = std::to_string(found.successes) + " of " + std::to_string(found.trials) + " seeds at M = " + std::to_string(experts) + "; the claim asks for probability 0.9";
  evidence.negative_controls = {leakage_control(context, event_in_words, event)};
}

// Rising with M: the exact 97.5 % intervals at M = 6 and M = 48 are disjoint, so that both hold at once with 95 %.
void check_rise(CheckContext& context, Evidence& evidence, const std::string& event_in_words, const Prop1Event& event) {
  const long seeds = context.seeds_or(prop1_seeds);
  const Scenario few = load_scenario("mot/three_stage", {{"model.experts", "6"}}), many = load_scenario("mot/three_stage", {{"model.experts", "48"}});
  Proportion low = measure(context, few, seed_list(seeds), event), high = measure(context, many, seed_list(seeds), event);
  const auto decide = [](Proportion& a, Proportion& b) {
    a.interval = analysis::clopper_pearson(a.successes, a.trials, 0.975);
    b.interval = analysis::clopper_pearson(b.successes, b.trials, 0.975);
    return b.interval.lower > a.interval.upper ? Verdict::supported : b.interval.upper < a.interval.lower ? Verdict::refuted : Verdict::inconclusive;
  };
  evidence.settings_hash = many.config_hash;
  evidence.seeds = seed_list(seeds);
  evidence.verdict = decide(low, high);
  evidence.quantities = {share_quantity("P(" + event_in_words + ") at M = 6", low), share_quantity("P(" + event_in_words + ") at M = 48", high)};
  evidence.interval = analysis::Interval{high.interval.lower - low.interval.upper, high.interval.upper - low.interval.lower};
  evidence.interval_of = "rise of the probability from M = 6 to M = 48, 95 % (two exact 97.5 % intervals)";
  evidence.reason = std::to_string(low.successes) + " of " + std::to_string(low.trials) + " seeds at M = 6, " + std::to_string(high.successes) + " of " +
                    std::to_string(high.trials) + " at M = 48";
  // Broken hypothesis: M does not change. Other seeds at the same M must not look like a rise.
  Proportion again = measure(context, few, seed_list(seeds, seeds), event);
  evidence.negative_controls = {{"M = 6 on both sides, other seeds", decide(low, again), {share_quantity(event_in_words, again)}}};
}

}  // namespace

std::vector<ClaimSetting> prop1_settings(const std::string& event_in_words, Prop1Event event) {
  const auto at = [&](long experts, Verdict expected) {
    return ClaimSetting{"experts=" + std::to_string(experts), expected, "quick",
                        [=](CheckContext& context, Evidence& evidence) { check_experts(context, evidence, experts, event_in_words, event); }};
  };
  return {at(6, Verdict::refuted), at(12, Verdict::inconclusive), at(24, Verdict::supported), at(48, Verdict::supported),
          {"rising with M", Verdict::supported, "quick",
           [=](CheckContext& context, Evidence& evidence) { check_rise(context, evidence, event_in_words, event); }}};
}

}  // namespace lemmata::scenarios
