#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// w <- w - eta sign(g), sign(0) = 0; the sign of NaN is NaN.
class Sign final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext&) const override {
    for (BlockUpdate& block : blocks) {
      block.parameters -= block.settings.learning_rate * block.gradient.unaryExpr([](double g) {
        return g > 0 ? 1.0 : g < 0 ? -1.0 : g;
      });
    }
  }
};

}  // namespace

OptimizerEntry sign_optimizer() {
  static const Sign optimizer;
  return {"sign", "w -= eta sign(g), sign(0) = 0", "mot.md section 4", &optimizer, false, true, true};
}

}  // namespace lemmata::sim
