#include "theory/class_conflict.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

double uniform_head_floor(const MixtureAmplitudes& mixture) {
  smallest_second_moment(mixture);  // refuses amplitudes that are not > 0
  const double label = mixture.alpha * mixture.alpha, distractor = mixture.gamma * mixture.gamma;
  return distractor / (2 * (label + distractor));
}

UniformHeadConflict uniform_head_conflict(const MixtureAmplitudes& mixture, double loss) {
  const double floor = uniform_head_floor(mixture);
  if (!(loss >= floor && loss <= 0.5)) {
    throw std::invalid_argument("loss: found " + std::to_string(loss) + ", allowed: from " + std::to_string(floor) +
                                " to 0.5");
  }
  // (alpha^2 + gamma^2) a^2 - 2 alpha a + 1 - 2 L = 0, the smaller root, written without cancellation.
  const double alpha = mixture.alpha, gamma = mixture.gamma, square = alpha * alpha + gamma * gamma;
  const double constant = 1 - 2 * loss, root = std::sqrt(std::fmax(0, alpha * alpha - square * constant));
  const double a = constant / (alpha + root), others = static_cast<double>(mixture.classes - 1);
  const double own = alpha * (1 - alpha * a), other = a * gamma * gamma / others;
  const double norm = own * own + others * other * other, sum = own - others * other;
  return {a, (-2 * own * other + (others - 1) * other * other) / norm, sum * sum / norm};
}

}  // namespace lemmata::theory
