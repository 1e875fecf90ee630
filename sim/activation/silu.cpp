#include <cmath>
#include <limits>

#include "sim/activation/activation.h"

namespace lemmata::sim {
namespace {

double sigmoid(double z) {
  const double e = std::exp(-std::abs(z));
  return (z > 0 ? 1 : e) / (1 + e);
}

class Silu final : public Activation {
 public:
  double value(double z) const override { return z * sigmoid(z); }
  double slope(double z) const override { return sigmoid(z) * (1 + z * sigmoid(-z)); }
  double curvature(double z) const override { return sigmoid(z) * sigmoid(-z) * (2 + z * (sigmoid(-z) - sigmoid(z))); }
};

}  // namespace

ActivationEntry silu_activation() {
  static const Silu activation;
  return {"silu", "z / (1 + e^-z)", "mot.md section 2", &activation, std::numeric_limits<double>::quiet_NaN(), 0};
}

}  // namespace lemmata::sim
