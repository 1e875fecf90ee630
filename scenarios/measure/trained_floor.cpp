#include "scenarios/measure/trained_floor.h"

#include <stdexcept>
#include <utility>

#include "scenarios/measure/frozen.h"
#include "scenarios/measure/specialisation.h"

namespace lemmata::scenarios {
namespace {

void measure_heldout(const FinalState& end, TrainedFloor& floor) {
  const sim::Config& config = end.experiment.config;
  sim::Problem problem(sim::build_architecture(config.model), *sim::loss_named(config.loss.kind).loss,
                       end.experiment.heldout);
  sim::Routing routing;
  sim::Evaluation evaluation;
  problem.route_argmax(end.state.parameters, routing);
  problem.evaluate(end.state.parameters, routing, {}, evaluation);
  floor.heldout_loss = evaluation.prediction_loss;
  const sim::Dataset& data = *end.experiment.heldout;
  for (Index k = 0; k < data.samples(); ++k) {
    const double value = evaluation.value.col(k).dot(routing.weight.col(k));
    if (!(data.label(k) * value > 0)) floor.heldout_error += data.weight(k);
  }
}

std::vector<double> numbers(const std::vector<TrainedFloor>& runs, double TrainedFloor::*number,
                            const std::vector<std::size_t>& kept) {
  std::vector<double> list;
  for (const std::size_t i : kept) list.push_back(runs[i].*number);
  return list;
}

}  // namespace

TrainedFloor trained_floor(const Scenario& scenario, long seed) {
  const FinalState end = train_seed(scenario, seed);
  if (!end.experiment.heldout) throw std::invalid_argument("trained_floor: the scenario has no held-out data");
  TrainedFloor floor;
  floor.completed = end.training.stop_reason == "completed";
  if (!floor.completed) return floor;
  sim::Problem problem = problem_of(end.experiment);
  floor.pure = is_class_pure(specialisation(problem, end.state.parameters, end.routing));
  measure_heldout(end, floor);
  sim::Evaluation evaluation;
  problem.evaluate(end.state.parameters, end.routing, {}, evaluation);
  floor.training_loss = evaluation.loss;
  floor.optimum = problem.architecture().linear_in_ffn
                      ? frozen_floor(problem, end.state.parameters, end.routing, end.experiment.config.loss.kind)
                      : floor.training_loss;
  return floor;
}

void fields_of(TrainedFloor& floor, Fields& fields) {
  fields.flag("completed", floor.completed, "1 = not diverged");
  fields.flag("pure", floor.pure, "1 = class-pure at the end");
  fields.number("heldout_loss", floor.heldout_loss, "mean squared loss on held-out draws");
  fields.number("heldout_error", floor.heldout_error, "0-1 error on them");
  fields.number("training_loss", floor.training_loss, "q-weighted loss in sample");
  fields.number("optimum", floor.optimum, "least loss in sample with attention and routing frozen");
}

analysis::Interval Twins::interval(const std::vector<TrainedFloor>& runs, double TrainedFloor::*number,
                                   const std::vector<std::size_t>& kept) const {
  return analysis::mean_interval(numbers(runs, number, kept), 0.95);
}

analysis::Interval Twins::gain(const std::vector<std::size_t>& kept) const {
  return analysis::paired_difference_interval(numbers(without, &TrainedFloor::heldout_loss, kept),
                                              numbers(with, &TrainedFloor::heldout_loss, kept), 0.95);
}

Twins twins_of(std::vector<TrainedFloor> with, std::vector<TrainedFloor> without) {
  Twins twins{std::move(with), std::move(without), {}, {}};
  for (std::size_t i = 0; i < twins.with.size(); ++i) {
    if (!twins.with[i].completed || !twins.without[i].completed) continue;
    twins.all.push_back(i);
    if (twins.with[i].pure && twins.without[i].pure) twins.pure.push_back(i);
  }
  return twins;
}

std::vector<TrainedFloor> trained_floors(CheckContext& context, const std::string& name, const Scenario& scenario,
                                         const std::vector<long>& seeds) {
  return measured_runs(context, name, "trained floor", scenario, seeds, trained_floor);
}

Twins train_twins(CheckContext& context, const std::string& name, const std::vector<long>& seeds, const Scenario& with,
                  const Scenario& without) {
  return twins_of(trained_floors(context, name + "with", with, seeds),
                  trained_floors(context, name + "without", without, seeds));
}

Verdict gain_verdict(const Twins& twins, const std::vector<std::size_t>& kept) {
  if (twins.some_diverged() || kept.size() < least_pure) return Verdict::inconclusive;
  const analysis::Interval gain = twins.gain(kept);
  return gain.lower > relevant ? Verdict::supported : gain.upper < relevant ? Verdict::refuted : Verdict::inconclusive;
}

Verdict floor_verdict(const Twins& twins, const std::vector<std::size_t>& kept) {
  if (twins.some_diverged() || kept.size() < least_pure) return Verdict::inconclusive;
  const analysis::Interval floor = twins.interval(twins.without, &TrainedFloor::optimum, kept), gain = twins.gain(kept);
  if (floor.lower > relevant && gain.lower > relevant) return Verdict::supported;
  return floor.upper < relevant || gain.upper < relevant ? Verdict::refuted : Verdict::inconclusive;
}

}  // namespace lemmata::scenarios
