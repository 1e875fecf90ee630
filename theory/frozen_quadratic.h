#pragma once
#include <span>
#include <vector>

#include "theory/types.h"

namespace lemmata::theory {

/// A quadratic loss seen in the eigenvectors u_i of its Hessian: all that gradient descent depends on.
struct FrozenQuadratic {
  Vector curvature;   ///< lambda_i >= 0
  Vector coordinate;  ///< c_i = u_i . (w_0 - w*), in the same order
  double floor = 0;   ///< L*, the value at the minimum
};

/// The modes of a quadratic by its Hessian. Eigenvalues within 1e-13 lambda_max of 0 are rounding and set to 0.
/// @param hessian       H, (dim, dim), symmetric positive semi-definite.
/// @param displacement  w_0 - w*, (dim).
/// @throws std::invalid_argument on disagreeing shapes, an asymmetric H (beyond 1e-12) or an eigenvalue below -1e-13
/// lambda_max.
FrozenQuadratic quadratic_modes(const Matrix& hessian, const Vector& displacement);

/// The modes of L(w) = 1/2 sum_k weight_k (target_k - <w, u_k>)^2 by singular values of the inputs, so that small
/// curvatures keep twice as many digits as by the Hessian. Attention and gate frozen, squared loss: target_k = y_k,
/// weight_k = q_k / K. Singular values below 1e-12 of the largest count as 0. `single` with H heads: `stacked` inputs
/// and starts (one joint quadratic). Coordinates come from the residuals at the start: c_i = -(p_i . residual) /
/// sigma_i.
/// @param inputs  u_k, (feature, sample).   @param targets, weights  (sample), weights >= 0.   @param start  w_0,
/// (feature).
FrozenQuadratic least_squares_modes(const Matrix& inputs, const Vector& targets, const Vector& weights,
                                    const Vector& start);

/// Heads stacked: row block h holds the inputs of head h (every head the same number of samples).
Matrix stacked(const std::vector<Matrix>& head_inputs);

/// A sum of experts, each with its own quadratic (whole-model curve): modes side by side, floors added.
FrozenQuadratic joined(const std::vector<FrozenQuadratic>& experts);

/// Excess loss of gradient descent w_{t+1} = w_t - eta grad L, exactly:
///
///   L(w_t) - L* = 1/2 sum_i lambda_i c_i^2 (1 - eta lambda_i)^{2t}.
/// A sum of non-negative terms with (1 - eta lambda)^t by log1p: no cancellation, relatively accurate to about
/// 1e-16 (1 + |ln excess|) for given modes, down to 1e-300.
/// @param learning_rate  eta > 0.   @param steps  t >= 0 each, in any order.
/// @return one value per step; infinite where it overflows (eta lambda > 2 diverges).
/// @throws std::invalid_argument on a bad learning rate or a negative step.
/// Source: mot.md section 6; Gauss' gradient descent on a parabola.
/// Checked by: tests/theory/frozen_quadratic_test.cpp (== on dyadic numbers, 60-digit arithmetic, iterated descent).
Vector gradient_descent_excess(const FrozenQuadratic& quadratic, double learning_rate, std::span<const long> steps);

/// The rate per step at which the excess finally falls: -2 ln max_i |1 - eta lambda_i| over the modes with lambda_i > 0
/// and c_i != 0; for eta <= 2/(lambda_min+ + lambda_max) this is -2 ln(1 - eta lambda_min+). Negative: diverges.
/// Infinite: at rest.
double slowest_rate(const FrozenQuadratic& quadratic, double learning_rate);

}  // namespace lemmata::theory
