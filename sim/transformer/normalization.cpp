#include "sim/transformer/normalization.h"

#include <cmath>

namespace lemmata::sim {
namespace {

constexpr double epsilon = 1e-5;
using Numbers = Eigen::Map<Eigen::ArrayXd>;
using ConstantNumbers = Eigen::Map<const Eigen::ArrayXd>;

}  // namespace

double normalize(Index features, const double* gain, const double* bias, double* y, double* normal) {
  Numbers output(y, features), n(normal, features);
  n = output - output.mean();
  const double inverse = 1 / std::sqrt(n.square().mean() + epsilon);
  n *= inverse;
  output = ConstantNumbers(gain, features) * n + ConstantNumbers(bias, features);
  return inverse;
}

// With g = gain o dL/dy: dL/dr = (g - mean(g) - n mean(g o n)) / sqrt(v + e), because dn = (dr - mean(dr) - n mean(n
// dr)) / sqrt(v + e).
void normalize_backward(Index features, const double* gain, const double* normal, double inverse, const double* d_y,
                        double* d_r) {
  Numbers result(d_r, features);
  ConstantNumbers n(normal, features);
  result = ConstantNumbers(gain, features) * ConstantNumbers(d_y, features);
  const double mean = result.mean(), along = (result * n).mean();
  result = inverse * (result - mean - along * n);
}

}  // namespace lemmata::sim
