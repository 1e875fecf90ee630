#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

constexpr double rank_tolerance = 1e-10;  // relative to the largest |eigenvalue|

// H^+ g = sum_i u_i (u_i . g) / lambda_i over |lambda_i| > rank_tolerance max |lambda|; NaN if H is not finite.
Vector pseudo_solution(const Matrix& hessian, const Vector& gradient) {
  const Vector undefined = Vector::Constant(gradient.size(), std::numeric_limits<double>::quiet_NaN());
  if (!hessian.allFinite()) return undefined;
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(hessian);
  if (solver.info() != Eigen::Success) return undefined;
  const double smallest = rank_tolerance * solver.eigenvalues().cwiseAbs().maxCoeff();
  Vector component = solver.eigenvectors().transpose() * gradient;
  for (Index i = 0; i < component.size(); ++i) {
    const double eigenvalue = solver.eigenvalues()(i);
    if (std::abs(eigenvalue) > smallest) component(i) /= eigenvalue;
    else component(i) *= 0;  // not "= 0": a NaN gradient stays NaN
  }
  return solver.eigenvectors() * component;
}

// vec(w_i) <- vec(w_i) - eta H_i^+ vec(g_i) for every expert's slice. It goes to the stationary point of the quadratic
// model, be it a minimum, a saddle or a maximum; directions without curvature are left alone.
class Newton final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext& context) const override {
    for (BlockUpdate& block : blocks) {
      for (Index i = 0; i < block.slices; ++i) {
        const Vector step = pseudo_solution(context.hessian(block.block, i), block.gradient_slice(i).reshaped());
        block.slice(i) -= block.settings.learning_rate * step.reshaped(block.parameters.rows(), block.width());
      }
    }
  }
};

}  // namespace

OptimizerEntry newton_optimizer() {
  static const Newton optimizer;
  return {"newton", "w_i -= eta H_i^+ g_i per expert, pseudo-inverse with relative tolerance 1e-10", "mot.md section 4",
          &optimizer, true, true, false};
}

}  // namespace lemmata::sim
