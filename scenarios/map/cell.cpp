#include "scenarios/map/cell.h"

#include <cmath>
#include <limits>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/curvature_along.h"
#include "scenarios/measure/frozen_excess.h"
#include "scenarios/measure/stage_three.h"
#include "scenarios/run/record_schedule.h"
#include "theory/frozen_quadratic.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr long curvature_every = 10;  // records
// A run ends early where nothing happens any more: at rest to rounding, or an objective below what a double holds well.
constexpr sim::StopRules at_rest{1e-290, 0, 2000, 1e-13};

// Follows both gaps through the last stage.
class GapObserver final : public sim::Observer {
 public:
  GapObserver(const sim::Config& config, const FrozenStage* frozen, CellRun& run, const std::function<bool()>& proceed)
      : loss_(config.loss.kind), architecture_(sim::build_architecture(config.model)), run_(run), proceed_(proceed) {
    if (frozen != nullptr) excess_.emplace(*frozen);
    run_.floor = excess_ ? excess_->floor() : nan;
    run_.limit = excess_ ? excess_->limit() : nan;
    least_measurable_ = excess_ ? excess_->least_measurable() : 0;
  }

  bool observe(const sim::Snapshot& snapshot) override {
    if (first_ < 0) first_ = snapshot.state.step;
    const long step = snapshot.state.step - first_;
    const double loss = snapshot.evaluation.prediction_loss,
                 excess = excess_ ? excess_->at(snapshot.state.parameters) : nan;
    run_.to_zero.steps_to_eps.observe(step, loss);
    if (excess > least_measurable_) run_.to_floor.steps_to_eps.observe(step, excess);
    run_.steps = step;
    if (snapshot.closing) routing = snapshot.routing;
    if (!is_recorded(snapshot.state.step, snapshot.state.stage_step, 0, map_records_per_decade)) return proceed_();
    run_.step.push_back(step);
    run_.prediction_loss.push_back(loss);
    run_.excess.push_back(excess > least_measurable_ ? excess : nan);
    add_curvature(snapshot);
    return proceed_();
  }

  sim::Routing routing;  // at the end

 private:
  void add_curvature(const sim::Snapshot& snapshot) {
    const bool due = architecture_.linear_in_ffn && (run_.step.size() - 1) % curvature_every == 0;
    const CurvaturePoint point =
        due ? curvature_point(snapshot.problem, snapshot.state.parameters, snapshot.routing, loss_) : CurvaturePoint{};
    run_.lambda_min.push_back(point.defined ? point.curvature_min : nan);
    run_.lambda_ratio.push_back(point.defined ? point.curvature_min / point.curvature_max : nan);
    run_.lambda_over_loss.push_back(point.defined ? point.ratio : nan);
  }

  std::string loss_;
  const sim::Architecture architecture_;
  std::optional<FrozenExcess> excess_;  // none: L* is not defined
  double least_measurable_ = 0;
  long first_ = -1;
  CellRun& run_;
  const std::function<bool()>& proceed_;
};

void fit_gap(Gap& gap, const std::vector<long>& step, const std::vector<double>& value, double limit) {
  std::vector<double> time, seen;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (!(value[i] > 0)) continue;
    time.push_back(static_cast<double>(step[i]));
    seen.push_back(value[i]);
  }
  gap.curve = analysis::fit_law(time, seen);
  gap.steps_law = analysis::fit_steps_law(gap.steps_to_eps.values(), gap.steps_to_eps.steps());
  if (seen.empty()) return;
  gap.law = gap_law(gap.curve, gap.steps_law, seen.back() / seen.front(), limit / seen.back());
  gap.level = gap.curve.floor > 0 ? gap.curve.floor : seen.back();
}

void predict(const MapPrefix& prefix, CellRun& run) {
  const Vector predicted = theory::gradient_descent_excess(spectral_modes(*prefix.frozen), run.learning_rate, run.step);
  run.predicted_excess.assign(predicted.begin(), predicted.end());
}

sim::StageConfig frozen_stage_config(const MapOptimizer& optimizer, double learning_rate) {
  sim::BlockTraining training;
  training.optimizer = optimizer.name;
  training.learning_rate = learning_rate;
  return {"last", optimizer.steps, {{"ffn", training}}, at_rest, false};
}

sim::StageConfig joint_stage_config(const LawMapPlan& plan, const MapOptimizer& optimizer,
                                    const sim::ModelEntry& model) {
  sim::StageConfig stage{"last", optimizer.steps, {}, at_rest, false};
  for (const auto& [block, rate] : plan.joint_rate) {
    if ((block == "gate" && !model.gated) || (block == "attention" && !model.trains_attention)) continue;
    stage.train[block].optimizer = optimizer.name;
    stage.train[block].learning_rate = rate;
  }
  return stage;
}

bool is_squared(const MapPrefix& prefix) {
  return prefix.start.experiment.config.loss.kind == "squared" && prefix.start.experiment.config.loss.l2 == 0;
}

void run_frozen(const LawMapPlan& plan, const MapCell& cell, const MapPrefix& prefix, CellRun& run,
                const std::function<bool()>& proceed) {
  const MapOptimizer& optimizer = plan.optimizers[cell.optimizer];
  run.floor = run.limit = run.learning_rate = run.curvature_min = run.curvature_max = nan;
  run.stop_reason = prefix.start.training.stop_reason;
  if (run.stop_reason != "completed") return;
  run.learning_rate = learning_rate_of(plan, cell, prefix);
  sim::Experiment experiment = prefix.start.experiment;
  experiment.config.stages = {frozen_stage_config(optimizer, run.learning_rate)};
  sim::TrainingState state = sim::initial_state(experiment);
  state.parameters = prefix.start.state.parameters;
  const FrozenStage* frozen = prefix.frozen ? &*prefix.frozen : nullptr;
  GapObserver observer(experiment.config, frozen, run, proceed);
  run.stop_reason = sim::train(experiment, state, observer).stop_reason;
  run.curvature_max = prefix.curvature_max;
  run.curvature_min = run.lambda_min.empty() ? nan : run.lambda_min.front();
  run.predicted_excess.assign(run.step.size(), nan);
  if (frozen == nullptr) return;
  run.pure = frozen->exactly_pure;
  if (optimizer.name == "gd" && is_squared(prefix)) predict(prefix, run);
  fit_gap(run.to_floor, run.step, run.excess, nan);
}

void run_joint(const LawMapPlan& plan, const MapCell& cell, CellRun& run, const std::function<bool()>& proceed) {
  const MapOptimizer& optimizer = plan.optimizers[cell.optimizer];
  Scenario scenario = with_seed(regime_of(plan, cell), static_cast<std::uint64_t>(run.seed));
  scenario.config.stages = {joint_stage_config(plan, optimizer, sim::model_named(scenario.config.model.kind))};
  FinalState end;
  end.experiment = prepare_experiment(scenario);
  end.state = sim::initial_state(end.experiment);
  run.learning_rate = plan.joint_rate.at("ffn");
  GapObserver observer(end.experiment.config, nullptr, run, proceed);
  end.training = sim::train(end.experiment, end.state, observer);
  run.stop_reason = end.training.stop_reason;
  run.curvature_min = run.curvature_max = nan;
  run.predicted_excess.assign(run.step.size(), nan);
  end.routing = std::move(observer.routing);
  if (run.stop_reason == "completed" && sim::build_architecture(scenario.config.model).linear_in_ffn)
    run.pure = frozen_stage_of(std::move(end)).exactly_pure;
}

}  // namespace

GapLaw gap_law(const analysis::LawFit& curve, const analysis::StepsLaw& steps, double fallen, double limit) {
  if (limit >= 0.9) return GapLaw::floor;
  if (curve.law == analysis::Law::constant) return fallen <= 0.9 ? GapLaw::floor : GapLaw::unclear;
  if (curve.law != analysis::Law::inconclusive && curve.floor > 0) return GapLaw::floor;
  if (!(steps.decades >= least_decades) || steps.floor > 0) return GapLaw::unclear;
  if (curve.law == analysis::Law::exponential && steps.kind == analysis::StepsLaw::Kind::log) return GapLaw::log;
  if (curve.law == analysis::Law::power && steps.kind == analysis::StepsLaw::Kind::power) return GapLaw::power;
  return GapLaw::unclear;
}

CellRun run_cell(const LawMapPlan& plan, const MapCell& cell, long seed, const MapPrefix* prefix,
                 const std::function<bool()>& proceed) {
  CellRun run;
  run.seed = seed;
  if (cell.schedule == MapSchedule::frozen)
    run_frozen(plan, cell, *prefix, run, proceed);
  else
    run_joint(plan, cell, run, proceed);
  const Scenario scenario = regime_of(plan, cell);
  run.passes_per_step = sim::build_architecture(scenario.config.model).heads;
  if (scenario.config.model.gate.combine != "one") run.limit = nan;  // the objective has the gate in it
  fit_gap(run.to_zero, run.step, run.prediction_loss, run.limit);
  if (!run.prediction_loss.empty() && run.prediction_loss.back() == 0) {
    run.to_zero.law = GapLaw::exact;
    if (std::isfinite(run.floor) && scenario.config.loss.l2 == 0) run.to_floor.law = GapLaw::exact;  // so L* = 0
  }
  return run;
}

}  // namespace lemmata::scenarios
