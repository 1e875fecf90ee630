#include <algorithm>
#include <cmath>
#include <functional>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  w <- w - eta (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + e),
// b1 = 0.9, b2 = 0.999, e = 1e-8, t = 1, 2, ... memory.first is m, memory.second is v.
class Adam final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext& context) const override {
    for (BlockUpdate& block : blocks) {
      Matrix &mean = block.memory.first, &square = block.memory.second;
      if (mean.size() == 0) {
        mean.setZero(block.gradient.rows(), block.gradient.cols());
        square.setZero(block.gradient.rows(), block.gradient.cols());
      }
      const double updates = static_cast<double>(++block.memory.updates);
      const Rates rates{block.settings.learning_rate, 1 - std::pow(first_decay, updates),
                        1 - std::pow(second_decay, updates)};
      const auto piece = [&](long number, int) { update_piece(block, rates, number * piece_size); };
      const long pieces = static_cast<long>((block.gradient.size() + piece_size - 1) / piece_size);
      if (context.team && pieces > 1) {
        context.team->run(pieces, std::ref(piece));
      } else {
        for (long number = 0; number < pieces; ++number) piece(number, 0);
      }
    }
  }

 private:
  static constexpr double first_decay = 0.9, second_decay = 0.999, epsilon = 1e-8;
  // What its three lines read and write stays in the L1 cache; whole registers, so that no number of a block is on the
  // remainder of a loop because of the pieces.
  static constexpr Index piece_size = 1024;

  struct Rates {
    double learning_rate, mean_correction, square_correction;
  };

  static void update_piece(BlockUpdate& block, const Rates& rates, Index first) {
    const Index size = std::min(piece_size, block.gradient.size() - first);
    using Numbers = Eigen::Map<Eigen::ArrayXd>;
    Numbers mean(block.memory.first.data() + first, size), square(block.memory.second.data() + first, size),
        parameters(block.parameters.data() + first, size);
    const Eigen::Map<const Eigen::ArrayXd> gradient(block.gradient.data() + first, size);
    mean = first_decay * mean + (1 - first_decay) * gradient;
    square = second_decay * square + (1 - second_decay) * gradient.abs2();
    parameters -=
        rates.learning_rate * (mean / rates.mean_correction) / ((square / rates.square_correction).sqrt() + epsilon);
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
