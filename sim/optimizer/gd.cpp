#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// w <- w - eta g, coefficient by coefficient: nothing is allocated.
class GradientDescent final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext&) const override {
    for (BlockUpdate& block : blocks) block.parameters -= block.settings.learning_rate * block.gradient;
  }
};

}  // namespace

OptimizerEntry gd_optimizer() {
  static const GradientDescent optimizer;
  return {"gd", "w -= eta g", "mot.md section 4", &optimizer, false, false, true};
}

}  // namespace lemmata::sim
