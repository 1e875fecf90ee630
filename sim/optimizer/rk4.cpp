#include <array>
#include <vector>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// One step of length 1 of dw_b/ds = -eta_b grad_b L(w), all blocks jointly:
//   k1 = f(w), k2 = f(w + k1/2), k3 = f(w + k2/2), k4 = f(w + k3),  w <- w + (k1 + 2 k2 + 2 k3 + k4)/6.
class RungeKutta4 final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext& context) const override {
    constexpr std::array<double, 4> weights = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}, reach = {0.5, 0.5, 1, 0};
    std::vector<Matrix> start, at, gradient;
    for (const BlockUpdate& update : blocks) {
      start.push_back(update.parameters);
      gradient.push_back(update.gradient);
    }
    at = start;
    for (std::size_t stage = 0; stage < weights.size(); ++stage) {
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        const double rate = blocks[i].settings.learning_rate;
        blocks[i].parameters -= weights[stage] * rate * gradient[i];
        at[i] = start[i] - reach[stage] * rate * gradient[i];
      }
      if (stage + 1 < weights.size()) context.gradient_at(at, gradient);
    }
  }
};

}  // namespace

OptimizerEntry rk4_optimizer() {
  static const RungeKutta4 optimizer;
  return {"rk4",
          "dw_b/ds = -eta_b grad_b over s in [0, 1], all blocks jointly, one classical Runge-Kutta step of order 4",
          "Kutta, Beitrag zur naeherungsweisen Integration totaler Differentialgleichungen, 1901",
          &optimizer,
          false,
          false,
          true,
          true};
}

}  // namespace lemmata::sim
