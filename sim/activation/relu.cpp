#include "sim/activation/activation.h"

namespace lemmata::sim {
namespace {

// At the kink the slope is 0, as in PyTorch; NaN stays NaN.
class Relu final : public Activation {
 public:
  double value(double z) const override { return z > 0 ? z : z <= 0 ? 0 : z; }
  double slope(double z) const override { return z > 0 ? 1 : 0; }
  double curvature(double) const override { return 0; }
};

}  // namespace

ActivationEntry relu_activation() {
  static const Relu activation;
  return {"relu", "max(0, z)", "mot.md section 2", &activation, 0, 1};
}

}  // namespace lemmata::sim
