#pragma once
#include <vector>

#include "analysis/margin_loss.h"
#include "analysis/types.h"

namespace lemmata::analysis {

/// A model that is linear in its trained weights, attention and gate frozen:
///
///   L(w) = sum_k weight_k l(label_k <w, u_k>) + (l2/2) ||w||^2.
/// One expert: weight_k = q_k / K. `single` with H heads: u_k stacks the H attended inputs. combine = probability: u_k
/// is multiplied by pi_k. A model of several experts is the sum of their problems.
struct FrozenProblem {
  MarginLoss loss = MarginLoss::squared;
  Matrix inputs;   ///< u_k, (feature, sample): one column per sample
  Vector labels;   ///< (sample), -1 or +1
  Vector weights;  ///< (sample), >= 0
  double l2 = 0;   ///< >= 0
};

/// The infimum of a frozen problem.
struct FrozenOptimum {
  double value = 0;          ///< L* = inf_w L(w)
  Vector minimiser;          ///< where attained: the minimiser of least norm; else that of the samples not `separated`
  bool attained = true;      ///< false where the infimum is only approached along a direction to infinity
  double gradient_norm = 0;  ///< at the minimiser, of the samples not `separated`: the certificate of the solution
  Index iterations = 0;      ///< Newton steps (0 for squared)
  std::vector<Index> separated;  ///< samples whose loss tends to 0 along that direction, ascending
};

/// L* = inf_w L(w).
///
/// squared: least squares by SVD. squared_hinge: semismooth Newton with exact line search, always attained. logistic
/// and exponential: with l2 = 0 the samples are first split exactly (analysis/separation.h) into those that some
/// direction classifies strictly while it leaves the others at margin 0, and the others, on which the loss is coercive;
/// L* is that of the others by Newton with line search (0 if there are none).
///
/// @return value NaN where no solution could be certified (never a guess).
/// @throws std::invalid_argument on disagreeing shapes, non-finite inputs, labels other than -1 and +1, negative
/// weights. Checked by: tests/analysis/frozen_optimum_test.cpp.
FrozenOptimum frozen_optimum(const FrozenProblem& problem);

/// L(w), summed directly.
double frozen_value(const FrozenProblem& problem, const Vector& w);

/// Gradient of L at w.
Vector frozen_gradient(const FrozenProblem& problem, const Vector& w);

/// Hessian of L at w.
Matrix frozen_hessian(const FrozenProblem& problem, const Vector& w);

/// L(w) - L* without cancellation, always >= 0:
///
///   sum_{k not separated} weight_k D(z*_k, z_k - z*_k) + (l2/2) ||w - w*||^2 + sum_{k separated} weight_k l(z_k),
/// D the Bregman divergence of the loss (for squared loss this is 1/2 (w-w*)^T H (w-w*)), z_k - z*_k computed as
/// label_k <w - w*, u_k>. What limits it is w* itself, known to about 1e-16 of its norm: an excess below about
/// 1e-31 lambda_max ||w*||^2 says no more than "there".
double frozen_excess(const FrozenProblem& problem, const FrozenOptimum& optimum, const Vector& w);

/// An excess at or below it is rounding of w* alone: (n u)^2 trace(H) ||w*||^2 / 2, n = parameters, u = 2^-52, H the
/// Hessian at w* of the samples not `separated` (squared hinge: of those on kinks too). Least squares are backward
/// stable: w* solves the problem with sqrt(H) off by up to n u sqrt(trace(H)), so that its error has the length
/// n u sqrt(trace(H)) ||w*|| in the norm of H, whatever the condition number.
/// @return 0 where all samples are separated: there is no w*.
/// Checked by: tests/analysis/precision_test.cpp.
double frozen_excess_rounding(const FrozenProblem& problem, const FrozenOptimum& optimum);

}  // namespace lemmata::analysis
