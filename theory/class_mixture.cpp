#include "theory/class_mixture.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

ClassMixture standard_class_mixture(Index classes, Index features, double alpha, double beta, double gamma,
                                    double noise_std, Index tokens) {
  if (features < 2 * classes)
    throw std::invalid_argument("features: found " + std::to_string(features) + ", allowed: at least 2 x classes");
  ClassMixture mixture;
  mixture.class_signal = Matrix::Identity(features, classes);
  mixture.label_signal = Matrix::Identity(features, 2 * classes).rightCols(classes);
  mixture.alpha = alpha;
  mixture.beta = beta;
  mixture.gamma = gamma;
  mixture.noise_std = noise_std;
  mixture.tokens = tokens;
  require_valid(mixture);
  return mixture;
}

void require_valid(const ClassMixture& mixture) {
  const auto require = [](bool condition, const char* message) {
    if (!condition) throw std::invalid_argument(message);
  };
  const Index classes = mixture.class_signal.cols();
  require(classes >= 2, "class_signal: found fewer than 2 classes, allowed: at least 2");
  require(mixture.label_signal.cols() == classes && mixture.label_signal.rows() == mixture.class_signal.rows(),
          "label_signal: its shape differs from that of class_signal, allowed: (feature, class) both");
  require(mixture.tokens >= 3, "tokens: found fewer than 3, allowed: an integer >= 3");
  require(std::isfinite(mixture.alpha) && std::isfinite(mixture.beta) && std::isfinite(mixture.gamma),
          "alpha, beta, gamma: allowed: finite numbers");
  require(mixture.noise_std >= 0 && std::isfinite(mixture.noise_std), "noise_std: allowed: a number >= 0");
  Matrix signals(mixture.class_signal.rows(), 2 * classes);
  signals << mixture.class_signal, mixture.label_signal;
  const Matrix gram = signals.transpose() * signals;
  require((gram - Matrix::Identity(2 * classes, 2 * classes)).cwiseAbs().maxCoeff() <= 1e-12,
          "signals: found a set that is not orthonormal to 1e-12");
}

double noise_variance(const ClassMixture& mixture) {
  return static_cast<double>(mixture.tokens - 3) * mixture.noise_std * mixture.noise_std;
}

Matrix token_sum_moment(const ClassMixture& mixture, Index class_index) {
  require_valid(mixture);
  const Index classes = mixture.class_signal.cols(), features = mixture.class_signal.rows();
  if (class_index < 0 || class_index >= classes)
    throw std::invalid_argument("class_index: found " + std::to_string(class_index) + ", allowed: 0 to N-1");
  const Vector c = mixture.class_signal.col(class_index);
  Vector weight = Vector::Constant(classes, mixture.gamma * mixture.gamma / static_cast<double>(classes - 1));
  weight[class_index] = mixture.alpha * mixture.alpha;
  Matrix moment = mixture.label_signal * weight.asDiagonal() * mixture.label_signal.transpose();
  moment += mixture.beta * mixture.beta * c * c.transpose();
  return moment + noise_variance(mixture) * Matrix::Identity(features, features);
}

}  // namespace lemmata::theory
