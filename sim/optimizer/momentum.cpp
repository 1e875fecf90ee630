#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// v <- beta v + g, w <- w - eta v, v(0) = 0 (heavy ball). memory.first is v.
class Momentum final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext&) const override {
    for (BlockUpdate& block : blocks) {
      Matrix& velocity = block.memory.first;
      if (velocity.size() == 0) velocity.setZero(block.gradient.rows(), block.gradient.cols());
      velocity = block.settings.beta * velocity + block.gradient;
      block.parameters -= block.settings.learning_rate * velocity;
      ++block.memory.updates;
    }
  }
};

}  // namespace

OptimizerEntry momentum_optimizer() {
  static const Momentum optimizer;
  return {"momentum", "v = beta v + g, w -= eta v", "Polyak 1964; mot.md section 4", &optimizer, false, false, false};
}

}  // namespace lemmata::sim
