#pragma once
#include "analysis/margin_loss.h"
#include "analysis/types.h"

// The solvers behind analysis/frozen_optimum.h, on sum_k weight_k l(<w, a_k>) + (l2/2)||w||^2 with a_k = label_k u_k.
namespace lemmata::analysis {

/// Singular values below this times the largest one count as zero: such a direction is rounding, not data.
inline constexpr double rank_tolerance = 1e-12;

struct NewtonResult {
  Vector minimiser;
  Index iterations = 0;
  bool converged = true;   ///< false: the gradient did not come down to rounding
};

/// Least squares of least norm, by SVD: squared loss.
NewtonResult minimise_squared(const Matrix& points, const Vector& weights, double l2);

/// Newton with line search in the span of the points; logistic or exponential, coercive there (or l2 > 0).
NewtonResult minimise_smooth(MarginLoss loss, const Matrix& points, const Vector& weights, double l2);

/// Semismooth Newton with exact line search, then the minimiser of least norm: squared hinge.
NewtonResult minimise_squared_hinge(const Matrix& points, const Vector& weights, double l2);

/// Orthonormal basis of the span of the columns, (feature, rank), by SVD with rank_tolerance.
Matrix column_basis(const Matrix& points);

}  // namespace lemmata::analysis
