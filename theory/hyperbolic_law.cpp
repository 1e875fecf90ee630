#include "theory/hyperbolic_law.h"

#include <cmath>
#include <stdexcept>

namespace lemmata::theory {

HyperbolicLaw hyperbolic_law(const Matrix& mu, const Vector& z0, double time, double normalisation) {
  if (mu.size() == 0 || !mu.allFinite()) throw std::invalid_argument("mu: allowed: finite numbers");
  if (z0.size() != mu.rows() || !z0.allFinite())
    throw std::invalid_argument("z0: allowed: one finite number per component");
  if (!std::isfinite(time)) throw std::invalid_argument("time: allowed: a number");
  if (!(normalisation > 0) || !std::isfinite(normalisation))
    throw std::invalid_argument("normalisation: allowed: a number > 0");
  HyperbolicLaw law{Matrix::Zero(mu.rows(), mu.cols()), z0};
  for (Index l = 0; l < mu.rows(); ++l) {
    const double rho = mu.row(l).norm();
    law.z[l] = z0[l] * std::cosh(rho * time / normalisation);
    if (rho > 0) law.v.row(l) = z0[l] * std::sinh(rho * time / normalisation) / rho * mu.row(l);
  }
  return law;
}

}  // namespace lemmata::theory
