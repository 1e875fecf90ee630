#include "scenarios/measure/schedule_outcome.h"

#include <cmath>
#include <limits>
#include <string>

#include "scenarios/experiment/experiment.h"

namespace lemmata::scenarios {
namespace {

constexpr double confidence = 0.975;  // two intervals per comparison: 95 % together

struct FollowLoss final : sim::Observer {
  bool observe(const sim::Snapshot& snapshot) override {
    tracked.observe(snapshot.state.step, snapshot.evaluation.prediction_loss);
    last = snapshot.evaluation.prediction_loss;
    return true;
  }
  analysis::StepsToEps tracked;
  double last = 0;
};

// log10(other / own) per seed.
std::vector<double> decades(const std::vector<ScheduleOutcome>& own, const std::vector<ScheduleOutcome>& other,
                            double ScheduleOutcome::*number) {
  std::vector<double> list;
  for (std::size_t i = 0; i < own.size(); ++i) {
    list.push_back(std::log10(other[i].*number) - std::log10(own[i].*number));
  }
  return list;
}

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

}  // namespace

ScheduleOutcome schedule_outcome(const analysis::StepsToEps& tracked, long budget, bool completed, double last) {
  const long reached = tracked.first_step(schedule_eps);
  return {static_cast<double>(reached >= 0 ? reached : budget + 1),
          completed ? last : std::numeric_limits<double>::max()};
}

ScheduleOutcome schedule_outcome(const sim::Experiment& experiment) {
  sim::TrainingState state = sim::initial_state(experiment);
  FollowLoss observer;
  const bool completed = sim::train(experiment, state, observer).stop_reason == "completed";
  long budget = 0;
  for (const sim::StageConfig& stage : experiment.config.stages) budget += stage.steps;
  return schedule_outcome(observer.tracked, budget, completed, observer.last);
}

void fields_of(ScheduleOutcome& outcome, Fields& fields) {
  fields.number("steps", outcome.steps, "T(1e-6); 3801 = not reached");
  fields.number("loss", outcome.loss, "prediction loss after the last update");
}

std::vector<ScheduleOutcome> schedule_outcomes(CheckContext& context, const std::string& name, const Scenario& scenario,
                                               const std::vector<long>& seeds) {
  return measured_runs(context, name, "schedule outcome", scenario, seeds, [](const Scenario& one, long seed) {
    return schedule_outcome(prepare_experiment(with_seed(one, static_cast<std::uint64_t>(seed))));
  });
}

ScheduleComparison compare_schedules(const std::vector<ScheduleOutcome>& own,
                                     const std::vector<ScheduleOutcome>& other) {
  const std::vector<double> steps = decades(own, other, &ScheduleOutcome::steps),
                            loss = decades(own, other, &ScheduleOutcome::loss);
  ScheduleComparison found{analysis::median_interval(steps, confidence),
                           analysis::median_interval(loss, confidence),
                           {},
                           Verdict::inconclusive};
  found.quantities = {
      median_quantity("log10 T(1e-6) of the other / three stages, median over seeds: more than", steps, found.steps,
                      step_margin),
      median_quantity("log10 final prediction loss of the other / three stages, median over seeds: more than", loss,
                      found.loss, loss_margin)};
  if (found.steps.lower > step_margin && found.loss.lower > loss_margin) found.verdict = Verdict::supported;
  if (found.steps.upper < step_margin || found.loss.upper < loss_margin) found.verdict = Verdict::refuted;
  return found;
}

}  // namespace lemmata::scenarios
