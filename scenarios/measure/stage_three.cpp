#include "scenarios/measure/stage_three.h"

#include <cmath>
#include <limits>

#include "scenarios/measure/frozen_excess.h"
#include "scenarios/measure/stored.h"
#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {
namespace {

// Follows the excess of the frozen problems along the simulator's own training.
class ExcessObserver final : public sim::Observer {
 public:
  explicit ExcessObserver(const FrozenExcess& excess) : excess_(excess) {}

  bool observe(const sim::Snapshot& snapshot) override {
    const double excess = excess_.at(snapshot.state.parameters);
    if (excess > excess_.least_measurable()) steps_to_eps.observe(snapshot.state.step, excess);
    if (!is_recorded(snapshot, 0, records_per_decade)) return true;
    steps.push_back(snapshot.state.step);
    measured.push_back(excess);
    return true;
  }

  std::vector<long> steps;
  std::vector<double> measured;
  analysis::StepsToEps steps_to_eps;

 private:
  static constexpr long records_per_decade = 60;
  const FrozenExcess& excess_;
};

bool contains(const analysis::Interval& interval, double value) {
  return interval.lower <= value && value <= interval.upper;
}

}  // namespace

theory::FrozenQuadratic spectral_modes(const FrozenStage& stage) {
  std::vector<theory::FrozenQuadratic> experts;
  for (const FrozenExpert& expert : stage.experts) {
    experts.push_back(theory::least_squares_modes(expert.problem.inputs, expert.problem.labels, expert.problem.weights,
                                                  expert.start));
  }
  return theory::joined(experts);
}

namespace {

// The measurement alone.
StageThree follow(const Scenario& scenario, long seed, long steps, double learning_rate) {
  const FrozenStage stage = frozen_stage(scenario, seed);
  StageThree run;
  run.exactly_pure = stage.exactly_pure;
  run.curvature_max = stage.curvature_max;
  run.learning_rate = learning_rate > 0 ? learning_rate : 1 / stage.curvature_max;
  run.modes = spectral_modes(stage);

  sim::Experiment experiment = stage.end.experiment;
  experiment.config.stages = {{"III", steps, {{"ffn", {"gd", run.learning_rate}}}, {}, false}};
  run.passes_per_step = sim::build_architecture(experiment.config.model).heads;
  sim::TrainingState state = sim::initial_state(experiment);
  state.parameters = stage.end.state.parameters;
  const FrozenExcess excess(stage);
  ExcessObserver observer(excess);
  sim::train(experiment, state, observer);

  run.time.assign(observer.steps.begin(), observer.steps.end());
  run.measured = observer.measured;
  run.least_measurable = excess.least_measurable();
  run.steps_to_eps = observer.steps_to_eps;
  return run;
}

void predict(StageThree& run) {
  run.curvature_min = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < run.modes.curvature.size(); ++i) {
    if (run.modes.curvature(i) > 0 && run.modes.coordinate(i) != 0)
      run.curvature_min = std::min(run.curvature_min, run.modes.curvature(i));
  }
  run.floor = run.modes.floor;
  run.predicted_rate = theory::slowest_rate(run.modes, run.learning_rate);
  const std::vector<long> steps(run.time.begin(), run.time.end());
  const Vector predicted = theory::gradient_descent_excess(run.modes, run.learning_rate, steps);
  run.prediction_loss = run.modes.floor + (steps.empty() ? 0 : predicted(0));
  run.predicted.assign(predicted.begin(), predicted.end());
}

}  // namespace

StageThree stage_three(const Scenario& scenario, long seed, long steps, double learning_rate) {
  StageThree run = follow(scenario, seed, steps, learning_rate);
  judge_curve(run);
  return run;
}

void judge_curve(StageThree& run) {
  predict(run);
  std::vector<double> time, value;
  run.largest_difference = 0;
  for (std::size_t i = 0; i < run.time.size(); ++i) {
    if (!(run.predicted[i] > run.least_measurable)) continue;
    const double difference = std::abs(run.measured[i] / run.predicted[i] - 1);
    if (std::isnan(difference) || difference > run.largest_difference) run.largest_difference = difference;
    time.push_back(run.time[i]);
    value.push_back(run.measured[i]);
  }
  run.law = analysis::fit_law(time, value);
  run.steps_law = analysis::fit_steps_law(run.steps_to_eps.values(), run.steps_to_eps.steps());
}

void fields_of(StageThree& run, Fields& fields) {
  fields.flag("pure", run.exactly_pure, "1 = routing exactly pure, or no gate");
  fields.number("learning_rate", run.learning_rate, "eta");
  fields.number("passes_per_step", run.passes_per_step, "forward passes of one sample in a step");
  fields.number("curvature_max", run.curvature_max, "lambda_max of the whole frozen Hessian");
  fields.number("floor", run.modes.floor, "L*");
  fields.series("curvature", "mode", run.modes.curvature, "lambda_i of the frozen Hessian");
  fields.series("coordinate", "mode", run.modes.coordinate, "c_i = u_i . (w_0 - w*)");
  fields.series("time", "point", run.time, "steps since stage III began");
  fields.series("measured", "point", run.measured, "L - L* by the simulator");
  fields.number("least_measurable", run.least_measurable, "smallest excess that rounding leaves");
  fields_of(run.steps_to_eps, fields);
}

std::vector<StageThree> stages_three(CheckContext& context, Evidence& evidence, const std::string& name,
                                     const Scenario& scenario, const std::vector<long>& seeds, long steps,
                                     double learning_rate) {
  std::vector<StageThree> runs =
      measured(context, name, seeds, [&](long seed) { return follow(scenario, seed, steps, learning_rate); });
  context.team.run(static_cast<long>(runs.size()),
                   [&](long i, int) { judge_curve(runs[static_cast<std::size_t>(i)]); });
  store_predicted(evidence, name, runs);
  return runs;
}

void store_predicted(Evidence& evidence, const std::string& name, const std::vector<StageThree>& runs) {
  std::vector<std::vector<double>> rows;
  for (const StageThree& run : runs) rows.push_back(run.predicted);
  store_rows(evidence, name + "_predicted", name + "_seed", name + "_point", rows, "L - L* by the spectrum");
}

Verdict curve_verdict(const StageThree& run) {
  if (run.law.law == analysis::Law::power || run.law.law == analysis::Law::constant) return Verdict::refuted;
  const bool holds = run.law.law == analysis::Law::exponential && run.law.interval.lower > 0 &&
                     contains(run.law.interval, run.predicted_rate);
  return holds && run.largest_difference < spectral_tolerance ? Verdict::supported : Verdict::inconclusive;
}

Verdict steps_verdict(const StageThree& run) {
  if (!(run.steps_law.decades >= least_decades) || run.steps_law.floor > 0)
    return Verdict::inconclusive;  // above a floor it holds for no smaller eps
  if (run.steps_law.kind == analysis::StepsLaw::Kind::power) return Verdict::refuted;
  return run.steps_law.kind == analysis::StepsLaw::Kind::log && contains(run.steps_law.interval, 1 / run.predicted_rate)
             ? Verdict::supported
             : Verdict::inconclusive;
}

Verdict seed_verdict(const StageThree& run) {
  return curve_verdict(run) == steps_verdict(run) ? curve_verdict(run) : Verdict::inconclusive;
}

Verdict exponential_verdict(const std::vector<StageThree>& runs) {
  bool all = true, any = false;
  for (const StageThree& run : runs) {
    if (!run.exactly_pure) continue;
    any = true;
    if (seed_verdict(run) == Verdict::refuted) return Verdict::refuted;
    all = all && seed_verdict(run) == Verdict::supported;
  }
  return any && all ? Verdict::supported : Verdict::inconclusive;
}

}  // namespace lemmata::scenarios
