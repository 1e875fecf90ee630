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

/// Splits `open` by the multipliers of a zero combination: its points, and all points in their span, move to `rest`;
/// `points` of the others are projected onto the complement of that span and scaled to norm 1.
void reduce_face(Matrix& points, const Vector& multiplier, std::vector<Index>& open, std::vector<Index>& rest) {
  std::vector<Index> combined;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (multiplier[static_cast<Index>(i)] > zero_multiplier * multiplier.maxCoeff()) combined.push_back(open[i]);
  }
  const Matrix members = points(Eigen::all, combined);
  Eigen::JacobiSVD<Matrix> svd(members, Eigen::ComputeThinU);
  svd.setThreshold(zero_distance);
  const Matrix basis = svd.matrixU().leftCols(svd.rank());
  std::vector<Index> remaining;
  for (const Index k : open) {
    const Vector offset = points.col(k) - basis * (basis.transpose() * points.col(k));
    const Vector outside = offset - basis * (basis.transpose() * offset);   // twice is enough
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
  if (!points.allFinite()) throw std::invalid_argument("points: found a value that is not finite, allowed: finite numbers");
  Separation result;
  result.direction = Vector::Zero(points.rows());
  Matrix unit = points;
  std::vector<Index> open;
  for (Index k = 0; k < points.cols(); ++k) {
    const double largest = points.rows() > 0 ? points.col(k).cwiseAbs().maxCoeff() : 0;
    if (largest == 0) {
      result.rest.push_back(k);   // margin 0 in every direction
      continue;
    }
    unit.col(k) = (points.col(k) / largest).normalized();
    open.push_back(k);
  }
  while (!open.empty()) {
    const Matrix rows = unit(Eigen::all, open).transpose();
    const LeastDistance nearest = least_distance(rows, Vector::Ones(rows.rows()));
    if (!nearest.converged) break;
    const double norm = nearest.point.norm();
    if ((rows * nearest.point).minCoeff() > zero_margin * norm && norm > 0) {   // the certificate, on every point
      result.separated = open;
      result.direction = nearest.point / norm;
      open.clear();
    } else if (nearest.residual <= zero_margin) {
      reduce_face(unit, nearest.multiplier, open, result.rest);
    } else {
      break;
    }
  }
  result.decided = open.empty();
  std::ranges::sort(result.rest);
  return result;
}

}  // namespace lemmata::analysis
