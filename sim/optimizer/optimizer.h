#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/config.h"
#include "sim/model/parameters.h"
#include "sim/train/trainer.h"

namespace lemmata::sim {

/// One block to update. Slices (one per expert, or per attention) are equal runs of adjacent columns.
struct BlockUpdate {
  std::string block;
  Matrix& parameters;
  const Matrix& gradient;
  Index slices;
  const BlockTraining& settings;
  OptimizerMemory& memory;

  auto slice(Index i) const { return parameters.middleCols(i * width(), width()); }
  auto gradient_slice(Index i) const { return gradient.middleCols(i * width(), width()); }
  Index width() const { return slices > 0 ? parameters.cols() / slices : 0; }
};

/// What an optimiser may ask for besides the gradient, all at the parameters before the step.
struct StepContext {
  double objective = 0;
  /// Exact Hessian of the objective in one slice of a block (ffn or attention).
  std::function<Matrix(const std::string& block, Index slice)> hessian;
  /// Gradient of the objective at other parameters, of the blocks trained in this stage.
  std::function<const Parameters&(const Parameters&)> gradient_at;
  Parameters& parameters;
};

/// A rule that moves blocks. It sees all blocks of a stage that use it at once, because a flow couples them.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual void update(std::span<BlockUpdate> blocks, StepContext& context) const = 0;
};

/// Declarations are verified for every entry by tests/sim/optimizer_test.cpp.
struct OptimizerEntry {
  std::string name, description, source;
  const Optimizer* optimizer;
  bool uses_hessian;        ///< only for ffn and attention, at most 2,000 numbers per slice
  bool uses_gradient_elsewhere;  ///< asks for gradients at other parameters (a flow)
  bool scale_invariant;     ///< multiplying the objective by a constant leaves the step unchanged
  bool descends;            ///< decreases a smooth objective for every small enough learning rate
};

std::span<const OptimizerEntry> optimizers();

/// @throws ConfigError(field, ...) on an unknown name.
const OptimizerEntry& optimizer_named(const std::string& name, const std::string& field);

}  // namespace lemmata::sim
