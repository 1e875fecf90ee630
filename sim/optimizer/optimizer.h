#pragma once
#include <functional>
#include <span>
#include <string>

#include "sim/config.h"
#include "sim/parallel.h"
#include "sim/types.h"
#include "sim/train/trainer.h"

namespace lemmata::sim {

/// One block to update. Slices (one per expert, or per attention) are equal runs of adjacent columns.
struct BlockUpdate {
  std::string block;
  Matrix& parameters;      ///< in: before the step; out: after it
  const Matrix& gradient;  ///< of the objective, at the parameters before the step
  Index slices;            ///< >= 1, divides the number of columns
  const BlockTraining& settings;
  OptimizerMemory& memory;

  Index width() const { return parameters.cols() / slices; }
  Eigen::Ref<Matrix> slice(Index i) const { return parameters.middleCols(i * width(), width()); }
  Eigen::Ref<const Matrix> gradient_slice(Index i) const { return gradient.middleCols(i * width(), width()); }
};

/// What an optimiser may ask for besides the gradient.
struct StepContext {
  double objective = 0;
  /// Exact Hessian of the objective in one slice of a block (ffn or attention) at the parameters before the step,
  /// columns stacked: (size, size), symmetric. Empty where the system has none.
  std::function<Matrix(const std::string& block, Index slice)> hessian;
  /// Gradient of the objective by the blocks of this update, in their order and shapes, where those blocks are at `at`
  /// and every other one is where it was before the step, whatever other optimisers have done since.
  std::function<void(std::span<const Matrix> at, std::span<Matrix> gradient)> gradient_at;
  /// Shares the work of large blocks if there is one; no number depends on it.
  ThreadTeam* team = nullptr;
};

/// A rule that moves blocks. It sees all blocks of a stage that use it at once, because a flow couples them.
/// A NaN in the gradient, the objective or the Hessian reaches the parameters it acts on, so that divergence shows.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual void update(std::span<BlockUpdate> blocks, StepContext& context) const = 0;
};

/// Declarations are verified, both ways, for every entry by tests/sim/optimizer_contract_test.cpp.
struct OptimizerEntry {
  std::string name, description, source;
  const Optimizer* optimizer;
  bool uses_hessian;     ///< only for ffn and attention, at most 2,000 numbers per slice
  bool scale_invariant;  ///< multiplying the objective by a constant leaves every step unchanged
  bool descends;         ///< decreases a smooth objective > 0 for every small enough learning rate, whatever its memory
  bool looks_around = false;  ///< asks for gradients at other parameters
};

std::span<const OptimizerEntry> optimizers();

/// @throws ConfigError(field, ...) on an unknown name.
const OptimizerEntry& optimizer_named(const std::string& name, const std::string& field);

}  // namespace lemmata::sim
