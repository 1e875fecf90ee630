#include "sim/numerics/scaled_norm.h"
#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

constexpr double smallest_norm = 1e-300;  // below it the direction is lost in subnormal numbers

// w_i <- w_i - eta g_i / ||g_i||_F for every expert's slice i. The comparison lets NaN through, into the parameters.
class NormalizedGradientDescent final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext&) const override {
    for (BlockUpdate& block : blocks) {
      for (Index i = 0; i < block.slices; ++i) {
        const double norm = scaled_norm(block.gradient_slice(i));
        if (norm < smallest_norm) continue;
        block.slice(i) -= block.settings.learning_rate * (block.gradient_slice(i) / norm);
      }
    }
  }
};

}  // namespace

OptimizerEntry normalized_gd_optimizer() {
  static const NormalizedGradientDescent optimizer;
  return {"normalized_gd",
          "w_i -= eta g_i / ||g_i||_F per expert; left alone below 1e-300",
          "mot.md section 4; Chen et al. 2022",
          &optimizer,
          false,
          true,
          true};
}

}  // namespace lemmata::sim
