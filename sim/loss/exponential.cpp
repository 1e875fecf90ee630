#include <cmath>
#include <limits>

#include "sim/loss/loss.h"

namespace lemmata::sim {
namespace {

class Exponential final : public Loss {
 public:
  double value(double z) const override { return std::exp(-z); }
  double slope(double z) const override { return -std::exp(-z); }
  double curvature(double z) const override { return std::exp(-z); }
};

}  // namespace

LossEntry exponential_loss() {
  static const Exponential loss;
  return {"exponential", "e^-z", "mot.md section 3", &loss, false, true, std::numeric_limits<double>::infinity()};
}

}  // namespace lemmata::sim
