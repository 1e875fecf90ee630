#include "analysis/separation.h"

#include <Eigen/SVD>
#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "analysis/nonnegative_least_squares.h"

namespace lemmata::analysis {

namespace {

constexpr double zero_margin = 1e-11;      // of points of norm 1; see the header
constexpr double zero_distance = 1e-10;    // from a subspace, of points of norm 1
constexpr double zero_multiplier = 1e-10;  // of the largest multiplier: below it a coefficient is rounding

/// What one look at a set of points of norm 1 proves: one of the two vectors, or neither (both empty) where rounding
/// hid it.
struct Attempt {
  Vector direction;    // of norm 1, positive on every point
  Vector multiplier;   // >= 0, a combination that is zero
};

/// Asks for <a_k, x> >= bound at the least norm ||x|| = bound / margin. A bound near the margin keeps the numbers near
/// 1, so smaller bounds are tried until the answer carries its own proof.
Attempt positive_direction_or_zero_combination(const Matrix& rows) {
  for (const double bound : {1.0, 1e-3, 1e-6, 1e-9}) {
    const LeastDistance nearest = least_distance(rows, Vector::Constant(rows.rows(), bound));
    const double norm = nearest.point.norm();
    if (norm > 0 && (rows * nearest.point).minCoeff() > zero_margin * norm) return {nearest.point / norm, Vector()};
    const double distance =
        (rows.transpose() * nearest.multiplier).norm() / nearest.multiplier.sum();  // of a hull point
    if (distance <= zero_margin) return {Vector(), nearest.multiplier};
  }
  return {};
}

Matrix span_basis(const Matrix& points) {
  if (points.size() == 0) return Matrix(points.rows(), 0);
  Eigen::JacobiSVD<Matrix> svd(points, Eigen::ComputeThinU);
  svd.setThreshold(zero_distance);
  return svd.matrixU().leftCols(svd.rank());
}

/// The part of a vector orthogonal to an orthonormal basis; projected twice, which is enough for rounding.
Vector without_span(const Vector& vector, const Matrix& basis) {
  const Vector once = vector - basis * (basis.transpose() * vector);
  return once - basis * (basis.transpose() * once);
}

/// Splits `open` by the multipliers of a zero combination: its points, and all points in their span, move to `rest`;
/// `points` of the others are projected onto the complement of that span and scaled to norm 1.
void reduce_face(Matrix& points, const Vector& multiplier, std::vector<Index>& open, std::vector<Index>& rest) {
  std::vector<Index> combined;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (multiplier[static_cast<Index>(i)] > zero_multiplier * multiplier.maxCoeff()) combined.push_back(open[i]);
  }
  const Matrix basis = span_basis(points(Eigen::all, combined));
  std::vector<Index> remaining;
  for (const Index k : open) {
    const Vector outside = without_span(points.col(k), basis);
    if (outside.norm() > zero_distance && std::ranges::find(combined, k) == combined.end()) {
      points.col(k) = outside.normalized();
      remaining.push_back(k);
    } else {
      rest.push_back(k);
    }
  }
  open = remaining;
}

}  // namespace

Separation linear_separation(const Matrix& points) {
  if (!points.allFinite())
    throw std::invalid_argument("points: found a value that is not finite, allowed: finite numbers");
  Separation result;
  result.direction = Vector::Zero(points.rows());
  Matrix unit_points = points;
  std::vector<Index> open;
  for (Index k = 0; k < points.cols(); ++k) {
    const double largest = points.rows() > 0 ? points.col(k).cwiseAbs().maxCoeff() : 0;
    if (largest == 0) {
      result.rest.push_back(k);   // margin 0 in every direction
      continue;
    }
    unit_points.col(k) = (points.col(k) / largest).normalized();
    open.push_back(k);
  }
  Matrix unit = unit_points;   // of the open points: projected onto the complement of the span of the rest
  while (!open.empty()) {
    const Matrix rows = unit(Eigen::all, open).transpose();
    const Attempt attempt = positive_direction_or_zero_combination(rows);
    if (attempt.direction.size() > 0) {
      result.separated = open;
      const Vector direction = without_span(attempt.direction, span_basis(unit_points(Eigen::all, result.rest)));
      if (!((rows * direction).minCoeff() > 0)) break;
      result.direction = direction.normalized();
      open.clear();
    } else if (attempt.multiplier.size() > 0) {
      reduce_face(unit, attempt.multiplier, open, result.rest);
    } else {
      break;
    }
  }
  result.decided = open.empty();
  std::ranges::sort(result.rest);
  return result;
}

}  // namespace lemmata::analysis
