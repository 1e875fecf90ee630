#include <limits>

#include "sim/activation/activation.h"

namespace lemmata::sim {
namespace {

class Identity final : public Activation {
 public:
  double value(double z) const override { return z; }
  double slope(double) const override { return 1; }
  double curvature(double) const override { return 0; }
};

}  // namespace

ActivationEntry identity_activation() {
  static const Identity activation;
  return {"identity", "z", "mot.md section 2", &activation, std::numeric_limits<double>::quiet_NaN(), 1};
}

}  // namespace lemmata::sim
