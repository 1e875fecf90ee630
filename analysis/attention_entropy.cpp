#include "analysis/attention_entropy.h"

#include <cmath>

namespace lemmata::analysis {

double attention_entropy(const Eigen::Ref<const Vector>& weights) {
  if (weights.size() == 0 || !weights.allFinite() || !(weights.minCoeff() >= 0)) return nan;
  return attention_entropy_of_logits(weights.array().log().matrix());  // scaled by the largest: no sum overflows
}

double attention_entropy_of_logits(const Eigen::Ref<const Vector>& logits) {
  double largest = -infinity;
  for (const double x : logits) {
    if (std::isnan(x)) return nan;
    largest = std::fmax(largest, x);
  }
  if (!std::isfinite(largest)) return nan;
  double sum = 0, weighted = 0;
  for (const double x : logits) {
    const double weight = std::exp(x - largest);
    sum += weight;
    if (weight > 0) weighted += weight * (x - largest);
  }
  return std::log(sum) - weighted / sum;
}

}  // namespace lemmata::analysis
