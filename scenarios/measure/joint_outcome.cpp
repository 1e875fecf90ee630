#include "scenarios/measure/joint_outcome.h"

#include <cmath>
#include <limits>
#include <optional>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/frozen.h"
#include "scenarios/measure/trained_floor.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class JointObserver final : public sim::Observer {
 public:
  explicit JointObserver(const sim::Config& config) : last_(static_cast<int>(config.stages.size()) - 1) {}

  bool observe(const sim::Snapshot& snapshot) override {
    const sim::TrainingState& state = snapshot.state;
    if (!seen_t1_ && state.stage >= 1) {
      at_t1 = specialisation(snapshot.problem, state.parameters, snapshot.routing);
      seen_t1_ = true;
    }
    if (state.stage == last_ && state.stage_step == snapshot.stage.steps / 2) loss_half = snapshot.evaluation.loss;
    if (snapshot.closing) loss_end = snapshot.evaluation.loss, routing = snapshot.routing;
    return true;
  }

  Specialisation at_t1{nan, nan, nan};
  double loss_half = nan, loss_end = nan;
  sim::Routing routing;  // at the end

 private:
  int last_;
  bool seen_t1_ = false;
};

double linear_floor(const sim::Experiment& experiment, const sim::Parameters& parameters, const sim::Routing& routing) {
  return frozen_floor(problem_of(experiment), parameters, routing, experiment.config.loss.kind);
}

}  // namespace

bool specialises(const JointOutcome& outcome) { return is_class_pure(outcome.at_t1) && outcome.at_t1.least_ratio >= 2; }

bool has_floor(const JointOutcome& outcome) {
  return outcome.floor > relevant && std::abs(outcome.still_falling) < at_rest_share;
}

namespace {

// @param at_t1  known already; else what the observer sees there.
JointOutcome trained_outcome(const sim::Experiment& experiment, const std::optional<Specialisation>& at_t1) {
  JointObserver observer(experiment.config);
  sim::TrainingState state = sim::initial_state(experiment);
  if (sim::train(experiment, state, observer).stop_reason != "completed") return {{nan, nan, nan}, nan, nan};
  JointOutcome outcome{at_t1.value_or(observer.at_t1), observer.loss_end, 1 - observer.loss_end / observer.loss_half};
  if (sim::build_architecture(experiment.config.model).linear_in_ffn) {
    outcome.floor = linear_floor(experiment, state.parameters, observer.routing);
    outcome.still_falling = 0;
  }
  return outcome;
}

}  // namespace

JointOutcome joint_outcome(const Scenario& scenario, long seed) {
  return trained_outcome(prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed))), std::nullopt);
}

JointOutcome joint_outcome_of(const FinalState& end) {
  sim::Experiment rest = end.experiment;
  rest.initial = end.state.parameters;
  rest.config.stages.erase(rest.config.stages.begin(), rest.config.stages.end() - 1);
  rest.config.stages.back().train.erase("gate");
  return trained_outcome(rest, specialisation(problem_of(end.experiment), end.state.parameters, end.routing));
}

void fields_of(JointOutcome& outcome, Fields& fields) {
  fields_of(outcome.at_t1, fields);
  fields.number("floor", outcome.floor, "least training loss without attention");
  fields.number("still_falling", outcome.still_falling, "share by which it fell in the second half of the last stage");
}

}  // namespace lemmata::scenarios
