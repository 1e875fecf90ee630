#include "scenarios/measure/class_conflict.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "scenarios/measure/frozen_stage.h"
#include "sim/random.h"

namespace lemmata::scenarios {
namespace {

Vector class_weight(const sim::Dataset& data, int n) {
  Vector weight = data.weight;
  for (Index k = 0; k < data.samples(); ++k) {
    if (data.class_index[static_cast<std::size_t>(k)] != n) weight(k) = 0;
  }
  return weight;
}

/// Routed mass (expert, class).
Matrix class_mass(const sim::Dataset& data, const Matrix& routing) {
  Matrix mass = Matrix::Zero(routing.rows(), data.classes);
  for (Index k = 0; k < data.samples(); ++k)
    mass.col(data.class_index[static_cast<std::size_t>(k)]) += data.weight(k) * routing.col(k);
  return mass;
}

class LevelObserver final : public sim::Observer {
 public:
  explicit LevelObserver(const std::vector<double>& levels) {
    for (const double level : levels) found.push_back({level, -1, 0, {}});
  }

  bool observe(const sim::Snapshot& snapshot) override {
    const double loss = snapshot.evaluation.prediction_loss;
    for (; next_ < found.size() && loss <= found[next_].level; ++next_) {
      found[next_].step = snapshot.state.step;
      found[next_].prediction_loss = loss;
      found[next_].ffn = class_conflict(snapshot.problem, snapshot.state.parameters, snapshot.routing, "ffn");
    }
    return next_ < found.size();
  }

  std::vector<ConflictAtLevel> found;

 private:
  std::size_t next_ = 0;
};

}  // namespace

ClassConflict class_conflict(sim::Problem& problem, const sim::Parameters& parameters, const sim::Routing& routing,
                             const std::string& block) {
  const sim::Dataset& data = problem.data();
  const Index experts = routing.weight.rows(), size = parameters.block(block).size();
  if (problem.architecture().shared_attention && block == "attention")
    throw std::invalid_argument("class_conflict: shared attention belongs to no expert");
  Matrix gradients(size, data.classes);
  sim::Evaluation evaluation;
  for (int n = 0; n < data.classes; ++n) {
    const Vector weight = class_weight(data, n);
    problem.evaluate(parameters, routing, sim::GradientRequest::all(), evaluation, &weight);
    gradients.col(n) = evaluation.gradient.block(block).reshaped();
  }
  ClassConflict found{analysis::gradient_conflict(gradients), {}, 0};
  const Matrix mass = class_mass(data, routing.weight);
  const Index slice = size / experts;  // the parameters of one expert are contiguous
  for (Index i = 0; i < experts; ++i) {
    if (mass.row(i).maxCoeff() < one_class_share * mass.row(i).sum()) continue;
    found.one_class_load += mass.row(i).sum();
    gradients.middleRows(i * slice, slice).setZero();
  }
  found.mixed = analysis::gradient_conflict(gradients);
  return found;
}

std::vector<ConflictAtLevel> conflict_at_levels(const sim::Experiment& experiment, const std::vector<double>& levels) {
  LevelObserver observer(levels);
  sim::TrainingState state = sim::initial_state(experiment);
  sim::train(experiment, state, observer);
  return observer.found;
}

sim::Experiment with_assignment(sim::Experiment experiment, const std::vector<Index>& assignment) {
  const Index samples = experiment.data->samples(), experts = experiment.config.model.experts;
  if (static_cast<Index>(assignment.size()) != samples)
    throw std::invalid_argument("with_assignment: one expert per sample");
  experiment.config.model.gate.routing = "sampled";
  Matrix draw = Matrix::Zero(experts, samples);
  for (Index k = 0; k < samples; ++k) {
    const Index expert = assignment[static_cast<std::size_t>(k)];
    if (expert < 0 || expert >= experts) throw std::invalid_argument("with_assignment: no such expert");
    draw(expert, k) = experiment.config.model.gate.noise;
  }
  experiment.recorded_noise = {draw};
  return experiment;
}

Scenario three_stage_assigned(long experts, long replicates) {
  std::vector<Override> overrides = stages_without_gate();
  overrides.push_back({"model.experts", std::to_string(experts)});
  overrides.push_back({"data.replicates", std::to_string(replicates)});
  return load_scenario("mot/three_stage", overrides);
}

std::vector<Index> random_partition(Index samples, Index experts, std::uint64_t seed) {
  std::vector<Index> order(static_cast<std::size_t>(samples)), assignment(order.size());
  std::iota(order.begin(), order.end(), Index{0});
  sim::Philox random(seed, sim::Purpose::test);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  for (std::size_t i = 0; i < order.size(); ++i)
    assignment[static_cast<std::size_t>(order[i])] = static_cast<Index>(i) % experts;
  return assignment;
}

std::vector<Index> oracle_partition(const sim::Dataset& data, long stray_every) {
  std::vector<Index> assignment(data.class_index.begin(), data.class_index.end());
  for (std::size_t k = 0; stray_every > 0 && k < assignment.size(); k += static_cast<std::size_t>(stray_every))
    assignment[k] = (assignment[k] + 1) % data.classes;
  return assignment;
}

void fields_of(ConflictAtLevel& point, Fields& fields) {
  analysis::Conflict &all = point.ffn.all, &mixed = point.ffn.mixed;
  fields.number("step", point.step, "first step with prediction loss <= the level; -1 = not reached");
  fields.number("prediction_loss", point.prediction_loss, "there");
  fields.number("mixed_classes", mixed.classes, "classes that mixed experts serve");
  fields.number("mixed", mixed.cancellation, "cancellation ratio over the parameters of mixed experts");
  fields.number("all", all.cancellation, "cancellation ratio over all parameters");
  fields.number("all_min_cosine", all.min_cosine, "smallest class cosine over all parameters");
  fields.number("one_class_load", point.ffn.one_class_load, "load at one-class experts");
}

}  // namespace lemmata::scenarios
