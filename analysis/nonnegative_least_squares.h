#pragma once
#include "analysis/types.h"

namespace lemmata::analysis {

struct NonnegativeLeastSquares {
  Vector solution;          ///< x >= 0, exact zeros outside the passive set
  bool converged = true;    ///< false if the step limit (30 x columns) was hit
};

/// argmin_{x >= 0} ||matrix x - target||, by the active-set method of Lawson and Hanson (finite), QR for the inner solves.
/// Optimality: gradient matrix^T (target - matrix x) <= 1e-13 scale off the passive set, = 0 on it.
/// Source: Lawson, Hanson, "Solving least squares problems", 1974, chapter 23.
/// Checked by: tests/analysis/separation_test.cpp (Karush-Kuhn-Tucker conditions, scipy.optimize.nnls).
NonnegativeLeastSquares nonnegative_least_squares(const Matrix& matrix, const Vector& target);

/// The x of least norm with rows x >= bounds (least distance programming). Empty if the constraints contradict one another.
/// @param rows    (constraint, feature).
/// @param bounds  (constraint).
Vector least_distance(const Matrix& rows, const Vector& bounds);

}  // namespace lemmata::analysis
