#include <cmath>

#include "sim/loss/loss.h"

namespace lemmata::sim {
namespace {

// Two-class cross entropy of softmax OUTPUTS taken for logits, as in the released code of Chen et al. 2022: with
// outputs o_y - o_-y = z the softmax gives p_y - p_-y = u = tanh(z/2), and the loss applies its own softmax to p:
//   l = log(1 + e^-u),  u' = (1 - u^2)/2,  u'' = -u u'.
// Bounded: l falls from log(1 + e) to log(1 + 1/e) > 0, so it is not convex. s = 1/(1 + e^u).
class DoubleSoftmax final : public Loss {
 public:
  double value(double z) const override { return std::log1p(std::exp(-std::tanh(z / 2))); }
  // l' = -s u'
  double slope(double z) const override { return -tail(z) * change(z); }
  // l'' = s (1 - s) u'^2 + s u u'
  double curvature(double z) const override {
    const double s = tail(z), d_u = change(z);
    return s * d_u * ((1 - s) * d_u + std::tanh(z / 2));
  }

 private:
  static double tail(double z) { return 1 / (1 + std::exp(std::tanh(z / 2))); }
  // u' = 2 e/(1 + e)^2 with e = e^-|z|: 1 - u^2 would cancel
  static double change(double z) {
    const double e = std::exp(-std::abs(z));
    return 2 * e / ((1 + e) * (1 + e));
  }
};

}  // namespace

LossEntry double_softmax_loss() {
  static const DoubleSoftmax loss;
  return {"double_softmax",
          "log(1 + e^-tanh(z/2)): cross entropy applied to softmax outputs",
          "Chen et al. 2022, released code; mot.md section 3",
          &loss,
          false,
          false,
          0.1102431817484879,  // at z = 0.76534, the root of the third derivative
          false,
          std::log1p(std::exp(-1.0))};
}

}  // namespace lemmata::sim
