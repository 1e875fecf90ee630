#include "scenarios/measure/prop1.h"

#include <limits>

#include "scenarios/measure/planted_end.h"
#include "scenarios/measure/quantities.h"
#include "theory/coverage.h"

namespace lemmata::scenarios {
namespace {

constexpr double confidence = 0.95;
constexpr long control_seeds = 40;  // 20 of 20 could not be told from 0.9: no control could be supported
constexpr long planted_seeds = 40;  // 36 of 36 would do to tell a probability from 0.9

// What every seed showed at T1, and the share of seeds in which the event held.
struct Outcomes {
  std::vector<Specialisation> found;  ///< NaN where a run diverged
  std::vector<bool> held;
  Proportion share;
};

Specialisation specialisation_at(const FinalState& end) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (end.training.stop_reason != "completed") return {nan, nan, nan};
  return specialisation(problem_of(end.experiment), end.state.parameters, end.routing);
}

Outcomes outcomes_of(std::vector<Specialisation> found, const Prop1Event& event) {
  Outcomes outcomes{std::move(found), {}, {}};
  for (const Specialisation& one : outcomes.found) outcomes.held.push_back(event(one));
  outcomes.share = proportion(outcomes.held, confidence);
  return outcomes;
}

Outcomes measure(CheckContext& context, const std::string& name, const Scenario& scenario,
                 const std::vector<long>& seeds, const Prop1Event& event) {
  const auto at_t1 = [](const Scenario& whole, long seed) {
    return specialisation_at(train_seed(first_stages(whole, 1), seed));
  };
  return outcomes_of(measured_runs(context, name, "specialisation at T1", scenario, seeds, at_t1), event);
}

// The same, look by look.
Outcomes measure_until_decided(CheckContext& context, const Scenario& scenario, const Prop1Event& event) {
  Outcomes outcomes;
  const SequentialShare share = share_until_decided(prop1_rule, [&](const std::vector<long>& seeds) {
    const Outcomes more = measure(context, "runs_from_" + std::to_string(seeds.front()), scenario, seeds, event);
    outcomes.found.insert(outcomes.found.end(), more.found.begin(), more.found.end());
    return more.held;
  });
  outcomes.held = share.held;
  outcomes.share = share.share;
  return outcomes;
}

Quantity share_quantity(const std::string& what, const Proportion& found) {
  return {what + ": at least",
          1 - prop1_delta,
          found.share(),
          found.share() - found.interval.lower,
          "down to the lower end of the exact interval of " + count_of(found),
          Criterion::at_least};
}

// The gate may learn label tokens where they are as strong as class tokens: the same check must not be supported.
Control leakage_control(CheckContext& context, const std::string& event_in_words, const Prop1Event& event) {
  const std::vector<long> seeds = seed_list(control_seeds);
  const Outcomes outcomes = measure(context, "control", load_scenario("mot/label_leakage"), seeds, event);
  return {"beta = 1, gamma = 1: label tokens are as strong as class tokens, the gate may learn them",
          verdict_at_least(outcomes.share, 1 - prop1_delta),
          {share_quantity(event_in_words, outcomes.share)}};
}

Control planted_control(CheckContext& context, const std::string& event_in_words, const Prop1Event& event) {
  const std::vector<long> seeds = seed_list(planted_seeds);
  const Scenario scenario = load_scenario("mot/three_stage", {{"model.experts", "6"}});
  const std::vector<Index> classes = classes_in_turn(6, scenario.config.data.classes);
  const auto planted = [&](const Scenario& one, long seed) {
    return specialisation_at(planted_end(one, seed, classes));
  };
  const Outcomes outcomes =
      outcomes_of(measured_runs(context, "planted", "specialisation, planted", scenario, seeds, planted), event);
  return {"six experts and their gate set to the classes by hand",
          verdict_at_least(outcomes.share, 1 - prop1_delta),
          {share_quantity(event_in_words, outcomes.share)}};
}

void check_experts(CheckContext& context, Evidence& evidence, long experts, const std::string& event_in_words,
                   const Prop1Event& event) {
  const Scenario scenario = load_scenario("mot/three_stage", {{"model.experts", std::to_string(experts)}});
  evidence.settings_hash = scenario.config_hash;
  const Outcomes outcomes = context.seeds > 0 ? measure(context, "runs", scenario, seed_list(context.seeds), event)
                                              : measure_until_decided(context, scenario, event);
  const Proportion& found = outcomes.share;
  evidence.seeds = seed_list(found.trials);
  evidence.quantities = {
      share_quantity("P(" + event_in_words + ") over seeds, at the end of stage I", found),
      reported({"N ln(N/delta), the sufficient number of experts",
                theory::sufficient_experts(scenario.config.data.classes, prop1_delta), static_cast<double>(experts), 0,
                "the claim is made for M at least this", Criterion::at_least})};
  evidence.interval = found.interval;
  evidence.interval_of = context.seeds > 0
                             ? "the probability, 95 % Clopper-Pearson at a fixed number of seeds"
                             : "the probability; seeds were added until decided, at 160, 320 and 640, and "
                               "each end is exact at the error of its look, 5 % over all looks";
  evidence.verdict = verdict_at_least(found, 1 - prop1_delta);
  evidence.reason =
      count_of(found) + " seeds at M = " + std::to_string(experts) + "; the claim asks for probability 0.9";
  evidence.negative_controls = {leakage_control(context, event_in_words, event)};
  evidence.positive_controls = {planted_control(context, event_in_words, event)};
}

// Rising with M: the exact 97.5 % intervals of the two probabilities are disjoint, so that both hold at once with 95 %.
struct Rise {
  Proportion low, high;

  Rise(Proportion at_few, Proportion at_many) : low(at_few), high(at_many) {
    for (Proportion* one : {&low, &high}) one->interval = analysis::clopper_pearson(one->successes, one->trials, 0.975);
  }
  analysis::Interval interval() const {
    return {high.interval.lower - low.interval.upper, high.interval.upper - low.interval.lower};
  }
  Verdict verdict() const {
    return interval().lower > 0 ? Verdict::supported : interval().upper < 0 ? Verdict::refuted : Verdict::inconclusive;
  }
  Quantity quantity(const std::string& what) const {
    const double rise = high.share() - low.share();
    return {what,
            0,
            rise,
            rise - interval().lower,
            "down to where the exact 97.5 % intervals of " + count_of(low) + " and " + count_of(high) + " part",
            Criterion::at_least};
  }
};

void check_rise(CheckContext& context, Evidence& evidence, const std::string& event_in_words, const Prop1Event& event) {
  const std::vector<long> seeds = evidence.seeds = seed_list(context.seeds_or(prop1_seeds));
  const std::vector<long> others = seed_list(static_cast<long>(seeds.size()), static_cast<long>(seeds.size()));
  const Scenario few = load_scenario("mot/three_stage", {{"model.experts", "6"}}),
                 many = load_scenario("mot/three_stage", {{"model.experts", "48"}});
  const Outcomes low = measure(context, "few", few, seeds, event), high = measure(context, "many", many, seeds, event);
  const Rise rise(low.share, high.share);
  evidence.settings_hash = many.config_hash;
  evidence.verdict = rise.verdict();
  evidence.quantities = {rise.quantity("rise of P(" + event_in_words + ") from M = 6 to M = 48: more than")};
  evidence.interval = rise.interval();
  evidence.interval_of = "rise of the probability from M = 6 to M = 48, 95 % (two exact 97.5 % intervals)";
  evidence.reason = count_of(low.share) + " seeds at M = 6, " + count_of(high.share) + " at M = 48";
  // Broken hypothesis: M does not change. Other seeds at the same M must not look like a rise.
  const Outcomes again = measure(context, "control", few, others, event);
  const Rise none(low.share, again.share);
  evidence.negative_controls = {{"M = 6 on both sides, other seeds",
                                 none.verdict(),
                                 {none.quantity("rise of P(" + event_in_words + "): more than")}}};
}

}  // namespace

std::vector<ClaimSetting> prop1_settings(const std::string& event_in_words, Prop1Event event) {
  const auto at = [&](long experts, Verdict expected) {
    return ClaimSetting{"experts=" + std::to_string(experts), expected, "quick",
                        [=](CheckContext& context, Evidence& evidence) {
                          check_experts(context, evidence, experts, event_in_words, event);
                        }};
  };
  return {at(6, Verdict::refuted),
          at(12, Verdict::inconclusive),
          at(24, Verdict::supported),
          at(48, Verdict::supported),
          {"rising with M", Verdict::supported, "quick",
           [=](CheckContext& context, Evidence& evidence) { check_rise(context, evidence, event_in_words, event); }}};
}

}  // namespace lemmata::scenarios
