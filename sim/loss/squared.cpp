#include "sim/loss/loss.h"

namespace lemmata::sim {
namespace {

class Squared final : public Loss {
 public:
  double value(double z) const override { return 0.5 * (1 - z) * (1 - z); }
  double slope(double z) const override { return z - 1; }
  double curvature(double) const override { return 1; }
};

}  // namespace

LossEntry squared_loss() {
  static const Squared loss;
  return {"squared", "(1 - z)^2 / 2", "mot.md section 3", &loss, true, true, 1};
}

}  // namespace lemmata::sim
