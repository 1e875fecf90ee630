#pragma once
#include "analysis/types.h"

namespace lemmata::analysis {

struct NonnegativeLeastSquares {
  Vector solution;          ///< x >= 0, exact zeros outside the passive set
  bool converged = true;    ///< false if the step limit (100 + 30 x columns) was hit
};

/// argmin_{x >= 0} ||matrix x - target||, by the active-set method of Lawson and Hanson (finite), QR for the inner
/// solves. Optimal to rounding: matrix^T (target - matrix x) <= 1e-15 rows ||column|| ||target||. Source: Lawson,
/// Hanson, "Solving least squares problems", 1974, chapter 23. Checked by: tests/analysis/separation_test.cpp
/// (Karush-Kuhn-Tucker conditions, scipy.optimize.nnls).
NonnegativeLeastSquares nonnegative_least_squares(const Matrix& matrix, const Vector& target);

/// The point of least norm that satisfies linear inequalities, or the proof that there is none.
struct LeastDistance {
  Vector point;        ///< x; solves its active constraints as equalities, to rounding
  Vector multiplier;   ///< lambda >= 0, (constraint): zero where the constraint is not active
  double residual;     ///< 1 / sqrt(1 + ||x||^2) if feasible; 0 (to rounding) if not: then rows^T lambda = 0, bounds .
                       ///< lambda = 1
  bool converged;
};

/// argmin ||x|| subject to rows x >= bounds (least distance programming, Lawson and Hanson 1974, chapter 23.4).
/// @param rows    (constraint, feature).   @param bounds  (constraint).
LeastDistance least_distance(const Matrix& rows, const Vector& bounds);

}  // namespace lemmata::analysis
