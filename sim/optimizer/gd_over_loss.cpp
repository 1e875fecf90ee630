#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// w <- w - eta g / L(w), L the objective: gradient descent on log L. g is divided first, so that eta / L cannot
// overflow.
class GradientDescentOverLoss final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext& context) const override {
    if (context.objective == 0) return;
    for (BlockUpdate& block : blocks) {
      block.parameters -= block.settings.learning_rate * (block.gradient / context.objective);
    }
  }
};

}  // namespace

OptimizerEntry gd_over_loss_optimizer() {
  static const GradientDescentOverLoss optimizer;
  return {"gd_over_loss",
          "w -= eta g / objective; left alone at objective 0",
          "mot.md section 4",
          &optimizer,
          false,
          true,
          true};
}

}  // namespace lemmata::sim
