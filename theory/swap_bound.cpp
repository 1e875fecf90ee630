#include "theory/swap_bound.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

double swap_error_bound(const Matrix& pair_probability) {
  const Matrix& p = pair_probability;
  if (p.rows() != p.cols() || p.rows() < 2)
    throw std::invalid_argument("pair_probability: allowed: (class, distractor), at least 2 x 2");
  if (!(p.minCoeff() >= 0) || !(p.diagonal().cwiseAbs().maxCoeff() == 0) || !(std::abs(p.sum() - 1) <= 1e-9)) {
    throw std::invalid_argument("pair_probability: found the sum " + std::to_string(p.sum()) +
                                ", allowed: entries >= 0, diagonal 0, sum 1");
  }
  double bound = 0;
  for (Index n = 0; n < p.rows(); ++n) {
    for (Index other = 0; other < n; ++other) bound += std::fmin(p(n, other), p(other, n)) / 4;
  }
  return bound;
}

Matrix uniform_distractors(const Vector& class_share) {
  const Index classes = class_share.size();
  if (classes < 2) throw std::invalid_argument("class_share: allowed: at least 2 classes");
  Matrix probability = (class_share / static_cast<double>(classes - 1)).replicate(1, classes);
  probability.diagonal().setZero();
  return probability;
}

}  // namespace lemmata::theory
