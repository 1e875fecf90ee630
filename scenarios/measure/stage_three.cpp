#include "scenarios/measure/stage_three.h"

#include <cmath>
#include <limits>

#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {
namespace {

// Follows the excess of the frozen problems along the simulator's own training.
class ExcessObserver final : public sim::Observer {
 public:
  ExcessObserver(const FrozenStage& stage, const sim::Architecture& architecture) : stage_(stage), architecture_(architecture) {
    for (const FrozenExpert& expert : stage.experts) {
      optima_.push_back(analysis::frozen_optimum(expert.problem));
      scale_ = std::max(scale_, optima_.back().minimiser.squaredNorm());
    }
  }

  bool observe(const sim::Snapshot& snapshot) override {
    if (!snapshot.closing && !is_recorded(snapshot.state.step, snapshot.state.stage_step, 0, records_per_decade)) return true;
    double excess = 0;
    for (std::size_t i = 0; i < optima_.size(); ++i) {
      const FrozenExpert& expert = stage_.experts[i];
      excess += analysis::frozen_excess(expert.problem, optima_[i], stacked_ffn(architecture_, snapshot.state.parameters, expert.expert));
    }
    steps.push_back(snapshot.state.step);
    measured.push_back(excess);
    return true;
  }

  double least_measurable() const { return measurable_excess * stage_.curvature_max * scale_; }

  std::vector<long> steps;
  std::vector<double> measured;

 private:
  static constexpr long records_per_decade = 60;
  const FrozenStage& stage_;
  const sim::Architecture architecture_;
  std::vector<analysis::FrozenOptimum> optima_;
  double scale_ = 0;   // ||w*||^2
};

}  // namespace

theory::FrozenQuadratic spectral_modes(const FrozenStage& stage) {
  std::vector<theory::FrozenQuadratic> experts;
  for (const FrozenExpert& expert : stage.experts) {
    experts.push_back(theory::least_squares_modes(expert.problem.inputs, expert.problem.labels, expert.problem.weights, expert.start));
  }
  return theory::joined(experts);
}

StageThree stage_three(const Scenario& scenario, long seed, long steps, double learning_rate) {
  const FrozenStage stage = frozen_stage(scenario, seed);
  const theory::FrozenQuadratic modes = spectral_modes(stage);
  StageThree run;
  run.is_pure = stage.is_pure();
  run.curvature_max = stage.curvature_max;
  run.learning_rate = learning_rate > 0 ? learning_rate : 1 / stage.curvature_max;
  run.curvature_min = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < modes.curvature.size(); ++i) {
    if (modes.curvature(i) > 0 && modes.coordinate(i) != 0) run.curvature_min = std::min(run.curvature_min, modes.curvature(i));
  }
  run.floor = modes.floor;
  run.predicted_rate = theory::slowest_rate(modes, run.learning_rate);

  sim::Experiment experiment = stage.end.experiment;
  experiment.config.stages = {{"III", steps, {{"ffn", {"gd", run.learning_rate}}}, {}, false}};
  sim::TrainingState state = sim::initial_state(experiment);
  state.parameters = stage.end.state.parameters;
  ExcessObserver observer(stage, sim::build_architecture(experiment.config.model));
  sim::train(experiment, state, observer);

  const Vector predicted = theory::gradient_descent_excess(modes, run.learning_rate, observer.steps);
  run.prediction_loss = modes.floor + predicted(0);
  std::vector<double> time, value;
  for (std::size_t i = 0; i < observer.steps.size(); ++i) {
    const double expected = predicted(static_cast<Index>(i));
    run.time.push_back(static_cast<double>(observer.steps[i]));
    run.measured.push_back(observer.measured[i]);
    run.predicted.push_back(expected);
    if (!(expected > observer.least_measurable())) continue;
    run.largest_difference = std::max(run.largest_difference, std::abs(observer.measured[i] / expected - 1));
    time.push_back(run.time.back());
    value.push_back(run.measured.back());
  }
  run.law = analysis::fit_law(time, value);
  return run;
}

}  // namespace lemmata::scenarios
