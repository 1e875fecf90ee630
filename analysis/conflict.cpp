#include "analysis/conflict.h"

#include <cmath>
#include <vector>

namespace lemmata::analysis {

namespace {

constexpr double rounding = 1e-12;  // cosine of an orthogonal pair after rounding stays well within this

/// Columns that are not exactly zero, each divided by its norm (in two steps: by its largest entry, then by the norm).
Matrix unit_columns(const Matrix& gradients, const std::vector<Index>& kept) {
  Matrix unit(gradients.rows(), static_cast<Index>(kept.size()));
  for (Index n = 0; n < unit.cols(); ++n) {
    const Vector gradient = gradients.col(kept[static_cast<std::size_t>(n)]);
    const Vector scaled = gradient / gradient.cwiseAbs().maxCoeff();
    unit.col(n) = scaled / scaled.norm();
  }
  return unit;
}

}  // namespace

Conflict gradient_conflict(const Matrix& class_gradients) {
  std::vector<Index> kept;
  for (Index n = 0; n < class_gradients.cols(); ++n) {
    if ((class_gradients.col(n).array() != 0).any()) kept.push_back(n);
  }
  const Index classes = static_cast<Index>(kept.size());
  if (!class_gradients.allFinite()) return {nan, nan, nan, nan, classes};
  if (classes < 2) return {nan, nan, 0, 1, classes};

  const Matrix unit = unit_columns(class_gradients, kept);
  Conflict result{infinity, 0, 0, 0, classes};
  for (Index n = 0; n < classes; ++n) {
    for (Index k = 0; k < n; ++k) {
      const double cosine = unit.col(n).dot(unit.col(k));
      result.min_cosine = std::fmin(result.min_cosine, cosine);
      result.mean_cosine += cosine;
      result.negative_share += cosine < -rounding ? 1 : 0;
    }
  }
  const long number_of_pairs = classes * (classes - 1) / 2;
  const auto pairs = static_cast<double>(number_of_pairs);
  result.mean_cosine /= pairs;
  result.negative_share /= pairs;
  const Matrix scaled = class_gradients / class_gradients.cwiseAbs().maxCoeff();  // squares neither under- nor overflow
  result.cancellation = scaled.rowwise().sum().squaredNorm() / scaled.squaredNorm();
  return result;
}

}  // namespace lemmata::analysis
