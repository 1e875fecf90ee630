#include "sim/loss/loss.h"

namespace lemmata::sim {
namespace {

// max(0, 1 - z)^2 / 2. The second derivative jumps at z = 1; the value there is 0, the limit from the flat side.
class SquaredHinge final : public Loss {
 public:
  double value(double z) const override { return z < 1 ? 0.5 * (1 - z) * (1 - z) : z >= 1 ? 0 : z; }
  double slope(double z) const override { return z < 1 ? z - 1 : z >= 1 ? 0 : z; }  // NaN stays NaN
  double curvature(double z) const override { return z < 1 ? 1 : z >= 1 ? 0 : z; }
};

}  // namespace

LossEntry squared_hinge_loss() {
  static const SquaredHinge loss;
  return {"squared_hinge", "max(0, 1 - z)^2 / 2", "mot.md section 3", &loss, true, false, 1};
}

}  // namespace lemmata::sim
