#include <cmath>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  w <- w - eta (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + e),
// b1 = 0.9, b2 = 0.999, e = 1e-8, t = 1, 2, ... memory.first is m, memory.second is v.
class Adam final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext&) const override {
    constexpr double first_decay = 0.9, second_decay = 0.999, epsilon = 1e-8;
    for (BlockUpdate& block : blocks) {
      Matrix &mean = block.memory.first, &square = block.memory.second;
      if (mean.size() == 0) {
        mean.setZero(block.gradient.rows(), block.gradient.cols());
        square.setZero(block.gradient.rows(), block.gradient.cols());
      }
      const double updates = static_cast<double>(++block.memory.updates);
      const double mean_correction = 1 - std::pow(first_decay, updates);
      const double square_correction = 1 - std::pow(second_decay, updates);
      mean = first_decay * mean + (1 - first_decay) * block.gradient;
      square = second_decay * square + (1 - second_decay) * block.gradient.cwiseAbs2();
      block.parameters.array() -= block.settings.learning_rate * (mean.array() / mean_correction) /
                                  ((square.array() / square_correction).sqrt() + epsilon);
    }
  }
};

}  // namespace

OptimizerEntry adam_optimizer() {
  static const Adam optimizer;
  return {"adam",
          "bias-corrected, decays 0.9 and 0.999, 1e-8 outside the root",
          "Kingma and Ba, arXiv 1412.6980, algorithm 1",
          &optimizer,
          false,
          false,
          false};
}

}  // namespace lemmata::sim
