#include <cmath>

#include "sim/loss/loss.h"

namespace lemmata::sim {
namespace {

// l(z) = log(1 + e^-z). Only e^-|z| is ever formed, so nothing overflows and the tail z >> 0 keeps its relative
// accuracy.
class Logistic final : public Loss {
 public:
  double value(double z) const override { return z > 0 ? std::log1p(std::exp(-z)) : -z + std::log1p(std::exp(z)); }
  // l' = -1/(1 + e^z)
  double slope(double z) const override {
    const double e = std::exp(-std::abs(z));
    return z > 0 ? -e / (1 + e) : -1 / (1 + e);
  }
  // l'' = e^z/(1 + e^z)^2, even in z
  double curvature(double z) const override {
    const double e = std::exp(-std::abs(z));
    return e / ((1 + e) * (1 + e));
  }
};

}  // namespace

LossEntry logistic_loss() {
  static const Logistic loss;
  return {"logistic", "log(1 + e^-z)", "mot.md section 3", &loss, false, true, 0.25};
}

}  // namespace lemmata::sim
