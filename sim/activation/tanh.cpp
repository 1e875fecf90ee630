#include <cmath>
#include <limits>

#include "sim/activation/activation.h"

namespace lemmata::sim {
namespace {

// 1 - tanh^2 without cancellation: sech^2(z) = 4 e^-2|z| / (1 + e^-2|z|)^2.
double square_sech(double z) {
  const double e = std::exp(-2 * std::abs(z));
  return 4 * e / ((1 + e) * (1 + e));
}

class Tanh final : public Activation {
 public:
  double value(double z) const override { return std::tanh(z); }
  double slope(double z) const override { return square_sech(z); }
  double curvature(double z) const override { return -2 * std::tanh(z) * square_sech(z); }
};

}  // namespace

ActivationEntry tanh_activation() {
  static const Tanh activation;
  return {"tanh", "tanh(z)", "mot.md section 2", &activation, std::numeric_limits<double>::quiet_NaN(), 0};
}

}  // namespace lemmata::sim
