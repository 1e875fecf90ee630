#include "theory/stage_two_direction.h"

#include <cmath>
#include <stdexcept>

namespace lemmata::theory {

Matrix stage_two_direction(const ClassMixture& mixture, Index class_index, double amplitude) {
  if (!std::isfinite(amplitude)) throw std::invalid_argument("amplitude: allowed: a finite number");
  const Matrix moment = token_sum_moment(mixture, class_index);
  const Vector v = mixture.label_signal.col(class_index);
  const double alpha = mixture.alpha, noise = noise_variance(mixture), length = static_cast<double>(mixture.tokens);
  // The moment holds alpha^2 v v^T as well: that is the -1/L in alpha^2 (1 - 1/L).
  const double along_label = alpha * alpha + noise * (1 - 2 / length);
  return amplitude * alpha / length * (along_label * v * v.transpose() - moment / length);
}

double label_mass_slope(const ClassMixture& mixture, Index class_index, const Matrix& direction) {
  const Matrix moment = token_sum_moment(mixture, class_index);
  if (direction.rows() != moment.rows() || direction.cols() != moment.cols()) {
    throw std::invalid_argument("direction: its shape is not (feature, feature)");
  }
  const Vector v = mixture.label_signal.col(class_index);
  const double length = static_cast<double>(mixture.tokens);
  const double on_label = mixture.alpha * mixture.alpha * v.dot(direction * v);
  const double on_average = direction.cwiseProduct(moment).sum() / length;   // tr(G M), M symmetric
  return (on_label - on_average) / (length * length);
}

}  // namespace lemmata::theory
