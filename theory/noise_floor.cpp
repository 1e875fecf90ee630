#include "theory/noise_floor.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

namespace {

void require_signal(double alpha, double noise_variance) {
  if (!(alpha > 0)) throw std::invalid_argument("alpha: found " + std::to_string(alpha) + ", allowed: a number > 0");
  if (!(noise_variance >= 0))
    throw std::invalid_argument("noise_variance: found " + std::to_string(noise_variance) + ", allowed: a number >= 0");
}

void require_class_and_size(const ClassMixture& mixture, Index class_index, const Vector& w) {
  require_valid(mixture);
  if (class_index < 0 || class_index >= mixture.class_signal.cols()) {
    throw std::invalid_argument("class_index: found " + std::to_string(class_index) + ", allowed: 0 to N-1");
  }
  if (w.size() != mixture.class_signal.rows()) {
    throw std::invalid_argument("w: found " + std::to_string(w.size()) + " entries, allowed: one per feature");
  }
}

/// P(margin + noise <= 0), noise ~ N(0, deviation^2).
double error_at_margin(double margin, double deviation) {
  if (deviation == 0) return margin <= 0 ? 1 : 0;
  return std::erfc(margin / deviation / std::sqrt(2.0)) / 2;
}

}  // namespace

double best_amplitude(double alpha, double noise_variance) {
  require_signal(alpha, noise_variance);
  return alpha / (alpha * alpha + noise_variance);
}

double squared_loss_floor(double alpha, double noise_variance) {
  require_signal(alpha, noise_variance);
  return noise_variance / (2 * (alpha * alpha + noise_variance));
}

double in_sample_floor(double population_floor, Index features, Index class_samples) {
  if (class_samples <= features) return 0;
  return population_floor * (1 - static_cast<double>(features) / static_cast<double>(class_samples));
}

double error_floor(double alpha, double noise_variance) {
  require_signal(alpha, noise_variance);
  return error_at_margin(alpha, std::sqrt(noise_variance));
}

double second_moment_loss(const ClassMixture& mixture, Index class_index, const Vector& w) {
  require_class_and_size(mixture, class_index, w);
  const Vector label = mixture.label_signal.transpose() * w;
  const double own = 1 - mixture.alpha * label[class_index];
  const double class_part = mixture.beta * mixture.class_signal.col(class_index).dot(w);
  const double others = label.squaredNorm() - label[class_index] * label[class_index];
  const double distractor =
      mixture.gamma * mixture.gamma / static_cast<double>(label.size() - 1) * std::fmax(0, others);
  return (own * own + class_part * class_part + distractor + noise_variance(mixture) * w.squaredNorm()) / 2;
}

double linear_expert_error(const ClassMixture& mixture, Index class_index, const Vector& w) {
  require_class_and_size(mixture, class_index, w);
  const Vector label = mixture.label_signal.transpose() * w;
  const double class_part = mixture.beta * mixture.class_signal.col(class_index).dot(w);
  const double deviation = std::sqrt(noise_variance(mixture)) * w.norm();
  double sum = 0;
  for (Index other = 0; other < label.size(); ++other) {
    if (other == class_index) continue;
    for (const double y : {-1.0, 1.0}) {
      for (const double eps : {-1.0, 1.0}) {
        const double output = class_part + mixture.alpha * y * label[class_index] + mixture.gamma * eps * label[other];
        sum += error_at_margin(y * output, deviation) / 4;
      }
    }
  }
  return sum / static_cast<double>(label.size() - 1);
}

}  // namespace lemmata::theory
