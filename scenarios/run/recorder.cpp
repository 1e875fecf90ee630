#include "scenarios/run/recorder.h"

#include <algorithm>

#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {

std::vector<double> Trajectory::curve(const std::string& name, std::size_t component) const {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(row.at(name).at(component));
  return values;
}

std::vector<double> Trajectory::curve(const std::string& name) const { return curve(name, 0); }

std::vector<double> Trajectory::times() const { return {steps.begin(), steps.end()}; }

Recorder::Recorder(const sim::Experiment& experiment, const RecordPlan& plan, Sink sink, Tick tick)
    : plan_(plan),
      sink_(std::move(sink)),
      tick_(std::move(tick)),
      last_stage_(static_cast<int>(experiment.config.stages.size()) - 1) {
  metrics_.push_back(metric_named("loss").make(experiment));
  for (const std::string& name : plan.metrics) {
    if (name != "loss") metrics_.push_back(metric_named(name).make(experiment));
  }
}

std::vector<analysis::VariableSpec> Recorder::variables() const {
  std::vector<analysis::VariableSpec> all;
  for (const auto& metric : metrics_) {
    const std::vector<analysis::VariableSpec> some = metric->variables();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

bool Recorder::observe(const sim::Snapshot& snapshot) {
  if (tick_ && !tick_(snapshot)) return false;
  const sim::TrainingState& state = snapshot.state;
  from_start_.observe(state.step, snapshot.evaluation.prediction_loss);
  if (state.stage == last_stage_) {
    if (last_stage_start_ < 0) last_stage_start_ = state.step;
    from_last_stage_.observe(state.step - last_stage_start_, snapshot.evaluation.prediction_loss);
  }
  if (!is_recorded(snapshot, plan_.every, plan_.per_decade) || state.step == last_recorded_) return true;
  last_recorded_ = state.step;
  Row row;
  for (const auto& metric : metrics_) metric->measure(snapshot, row);
  return !sink_ || sink_(state.step, row);
}

void Recorder::state(StateFields& fields) {
  fields.count("last_recorded", last_recorded_);
  fields.count("last_stage_start", last_stage_start_);
  reached_fields("from_start", from_start_, fields);
  reached_fields("from_last_stage", from_last_stage_, fields);
  for (const auto& metric : metrics_) metric->state(fields);
}

RunResult run_in_memory(const sim::Experiment& experiment, const RecordPlan& plan, sim::ThreadTeam* team,
                        Recorder::Tick tick) {
  RunResult result;
  result.trajectory.dimensions = dimensions_of(experiment);
  const auto keep = [&](long step, const Row& row) {
    result.trajectory.steps.push_back(step);
    result.trajectory.rows.push_back(row);
    return true;
  };
  Recorder recorder(experiment, plan, keep, std::move(tick));
  result.trajectory.variables = recorder.variables();
  result.final = sim::initial_state(experiment);
  result.training = sim::train(experiment, result.final, recorder, team);
  result.from_start = recorder.from_start();
  result.from_last_stage = recorder.from_last_stage();
  return result;
}

}  // namespace lemmata::scenarios
