#include <Eigen/Eigenvalues>
#include <limits>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

// Largest |eigenvalue| of a symmetric matrix; NaN if an entry is not finite.
double spectral_radius(const Matrix& hessian) {
  if (!hessian.allFinite()) return std::numeric_limits<double>::quiet_NaN();
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(hessian, Eigen::EigenvaluesOnly);
  return solver.info() == Eigen::Success ? solver.eigenvalues().cwiseAbs().maxCoeff()
                                         : std::numeric_limits<double>::quiet_NaN();
}

// w_i <- w_i - (eta / lambda_i) g_i, lambda_i the largest |eigenvalue| of the exact Hessian of the slice.
class GradientDescentInverseSmoothness final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext& context) const override {
    for (BlockUpdate& block : blocks) {
      for (Index i = 0; i < block.slices; ++i) {
        const double smoothness = spectral_radius(context.hessian(block.block, i));
        if (smoothness == 0) continue;
        block.slice(i) -= block.settings.learning_rate * (block.gradient_slice(i) / smoothness);
      }
    }
  }
};

}  // namespace

OptimizerEntry gd_inverse_smoothness_optimizer() {
  static const GradientDescentInverseSmoothness optimizer;
  return {"gd_inverse_smoothness",
          "w_i -= (eta / lambda_max) g_i per expert, lambda_max of |exact Hessian|; left alone at 0",
          "mot.md section 4",
          &optimizer,
          true,
          true,
          true};
}

}  // namespace lemmata::sim
