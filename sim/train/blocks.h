#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/optimizer/optimizer.h"

// Training of any system whose parameters are named matrices; the mixtures have a trainer of their own
// (sim/train/trainer.h), with routing.
namespace lemmata::sim {

/// Named matrices: the parameters of a system, or their gradient.
using Blocks = std::map<std::string, Matrix>;

/// Loss at `parameters`, and its gradient by those blocks that `gradient` has, in their shapes. For a flow that is no
/// gradient: minus its right-hand side, and NaN or whatever number goes with it for the loss.
using BlockGradient = std::function<double(const Blocks& parameters, Blocks& gradient)>;

/// Everything that changes, as a plain value.
struct BlockState {
  Blocks parameters;
  std::map<std::string, OptimizerMemory> memory;  ///< per block; cleared when a stage begins
};

/// One stage of such a training: evaluates, then updates; the record of a step is taken between the two. Holds buffers
/// only: `state` is the caller's and is all that lasts, so a checkpoint is a copy.
/// Checked by: tests/sim/blocks_test.cpp.
class BlockStage {
 public:
  /// @param train     the blocks that are trained; what `state.parameters` has besides is held.
  /// @param team      shares the work of optimisers on large blocks; may be null, and no number depends on it.
  /// @throws ConfigError("train.<block>", ...) on an unknown block or optimiser, or one that needs a Hessian;
  /// `scenarios` puts the stage in front.
  BlockStage(BlockState& state, const std::map<std::string, BlockTraining>& train, BlockGradient gradient,
             ThreadTeam* team = nullptr);

  /// Loss and gradients at the present parameters.
  double evaluate();
  const Blocks& gradient() const { return gradient_; }  ///< of the trained blocks, as of the last `evaluate`
  /// Whether the loss (unless it is to be ignored) and every trained block are finite.
  bool is_finite(bool with_loss = true) const;
  /// All updates of this step, from the gradients of `evaluate`, each optimiser seeing the others' blocks unmoved.
  void update();

 private:
  void gradient_elsewhere(std::span<const BlockUpdate> blocks, std::span<const Matrix> at, std::span<Matrix> gradient);

  BlockState& state_;
  std::map<std::string, BlockTraining> train_;
  BlockGradient function_;
  ThreadTeam* team_;
  std::vector<const OptimizerEntry*> optimizers_;  // the distinct ones
  double loss_ = 0;
  Blocks gradient_, before_;
  Blocks point_, elsewhere_;  // other parameters, and the gradient there
};

}  // namespace lemmata::sim
