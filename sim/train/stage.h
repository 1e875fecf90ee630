#pragma once
#include <vector>

#include "sim/optimizer/optimizer.h"
#include "sim/train/trainer.h"

namespace lemmata::sim {

/// One stage in progress: evaluates, decides whether to stop, updates. Holds buffers only; what lasts is in
/// TrainingState.
class StageRun {
 public:
  /// Clears the optimisers' memory if the stage is at its first step.
  StageRun(const Experiment& experiment, const StageConfig& stage, Problem& problem, TrainingState& state);

  /// Routing of this step, then loss and gradients of all trained blocks at the same parameters.
  void evaluate();
  bool is_finite() const;
  /// Whether one of the stage's stop rules holds; keeps the no-progress record.
  bool should_stop();
  Snapshot snapshot(bool closing) const;
  /// All updates of this step, from the gradients of `evaluate`.
  void update();

 private:
  void evaluate_at(const Parameters& parameters, Evaluation& evaluation);
  bool is_routing_fixed() const;
  void gradient_elsewhere(const Parameters& before, std::span<const BlockUpdate> blocks, std::span<const Matrix> at,
                          std::span<Matrix> gradient);
  Matrix hessian(const Parameters& parameters, const std::string& block, Index slice) const;

  const Experiment& experiment_;
  const StageConfig& stage_;
  Problem& problem_;
  TrainingState& state_;
  GradientRequest trained_;
  std::vector<const OptimizerEntry*> optimizers_;  // the distinct optimisers of the stage
  Routing routing_;
  Evaluation evaluation_;
  bool uses_hessian_ = false;
  bool routing_is_fixed_ = false;  // it depends on nothing that this stage trains or draws: worked out once
  Parameters before_;              // the parameters before the step, kept where an optimiser needs them
  Parameters point_;               // other parameters, and the gradient there
  Evaluation elsewhere_;
  Routing routing_elsewhere_;
};

}  // namespace lemmata::sim
