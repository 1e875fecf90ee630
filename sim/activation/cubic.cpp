#include <limits>

#include "sim/activation/activation.h"

namespace lemmata::sim {
namespace {

class Cubic final : public Activation {
 public:
  double value(double z) const override { return z * z * z; }
  double slope(double z) const override { return 3 * z * z; }
  double curvature(double z) const override { return 6 * z; }
};

}  // namespace

ActivationEntry cubic_activation() {
  static const Cubic activation;
  return {"cubic", "z^3", "mot.md section 2", &activation, std::numeric_limits<double>::quiet_NaN(), 3};
}

}  // namespace lemmata::sim
