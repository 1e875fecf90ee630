#include "theory/gaussian_relu_drift.h"

#include <cmath>
#include <stdexcept>

namespace lemmata::theory {

Vector gaussian_relu_drift(const Vector& v, double bias, const Matrix& centres, const Vector& weight, double sigma) {
  if (centres.rows() != v.size() || centres.cols() != weight.size() || weight.size() == 0)
    throw std::invalid_argument("centres: allowed: (size of v, size of weight)");
  if (!(sigma > 0) || !std::isfinite(sigma)) throw std::invalid_argument("sigma: allowed: a number > 0");
  if (!centres.allFinite() || !weight.allFinite() || !std::isfinite(bias))
    throw std::invalid_argument("centres, weight, bias: allowed: finite numbers");
  const double length = v.norm();
  if (!(length > 0) || !std::isfinite(length)) throw std::invalid_argument("v: allowed: finite, not 0");
  const double density_at_0 = 1 / std::sqrt(2 * std::acos(-1.0));
  Vector drift = Vector::Zero(v.size());
  double along = 0;
  for (Index j = 0; j < weight.size(); ++j) {
    const double q = (v.dot(centres.col(j)) + bias) / (sigma * length);
    drift += weight[j] * std::erfc(-q / std::sqrt(2.0)) / 2 * centres.col(j);
    along += weight[j] * density_at_0 * std::exp(-q * q / 2);
  }
  return drift + sigma * along / length * v;
}

}  // namespace lemmata::theory
