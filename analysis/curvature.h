#pragma once
#include <limits>

#include "analysis/types.h"

namespace lemmata::analysis {

/// A direction belongs to the span of the inputs if its eigenvalue of their Gram matrix sum_k u_k u_k^T is above this
/// times the largest one (mot.md section 5).
inline constexpr double span_tolerance = 1e-10;

/// Extreme eigenvalues of one Hessian, on the span of given inputs and on the whole space.
struct Curvature {
  double min, max;            ///< lambda_min, lambda_max of the Hessian restricted to the span (u^T H u, u in the span)
  double min_full, max_full;  ///< on the whole space
  double condition;           ///< min / max on the span, in [0, 1] for PSD: 1 = perfectly conditioned
  Index rank;                 ///< dimension of the span; 0 = no input, then min, max and condition are NaN
  double residual;  ///< largest ||H_span x - lambda x|| / ||H_span|| of the two extreme pairs; 0 for H_span = 0
  /// What rounding leaves open of all four eigenvalues: 4 n u ||H||, n = parameters, u = 2^-52. The projection on the
  /// span and the eigenvalue solve are backward stable, each by a small multiple of n u ||H|| at most (Golub & Van Loan
  /// 8.3), and by Weyl's inequality no eigenvalue moves farther. The sign of a `min` within it is not certain.
  double error = std::numeric_limits<double>::quiet_NaN();
};

/// Curvature of a symmetric Hessian on the span of inputs, by dense eigenvalue solves.
///
/// @param hessian  H, (parameter, parameter), symmetric to 1e-12 of its largest entry.
/// @param inputs   u_k, (parameter, sample): one column per input (for the linear form, u_k = sum_jl A_jl x_j).
/// @return NaN in every number if an entry is not finite.
/// @throws std::invalid_argument on shapes that disagree or a Hessian that is not symmetric.
/// Checked by: tests/analysis/curvature_test.cpp.
Curvature curvature_on_span(const Matrix& hessian, const Matrix& inputs);

/// The verdict version of mot.md section 5: one expert, gate frozen.
struct SubtaskCurvature {
  Curvature curvature;  ///< of H on V = span{u_k : k in R}, R = {k : q_k >= 1/2}; as measured, also when leak > 0
  double load;          ///< sum_k share_k q_k
  double leak;          ///< routed mass outside R, sum_{k not in R} share_k q_k
  Index samples;        ///< |R|
  double min_per_load;  ///< lambda_min on V / load; NaN (undefined) if leak > 0 or R is empty
  double max_per_load;  ///< lambda_max on V / load; NaN likewise
};

/// Curvature of one expert's subtask per unit of load.
///
/// @param hessian  of the expert's q-weighted loss, sum_k share_k q_k l''(z_k) u_k u_k^T, without L2.
/// @param inputs   attended inputs u_k, (feature, sample), of ALL samples.
/// @param routing  q_k, (sample), in [0, 1]: routing weight of each sample to this expert, gate frozen.
/// @param share    weight of each sample in the mean, (sample), such as 1/K.
/// Checked by: tests/analysis/curvature_test.cpp.
SubtaskCurvature subtask_curvature(const Matrix& hessian, const Matrix& inputs, const Vector& routing,
                                   const Vector& share);

/// PL ratio ||g||^2 / (2 (L - L*)), without underflow; NaN unless excess > 0.
double pl_ratio(double gradient_norm, double excess);

/// Local smoothness ||g_b - g_a|| / ||w_b - w_a|| between two points, with scaled norms; NaN if the points are equal.
double local_smoothness(const Vector& gradient_a, const Vector& gradient_b, const Vector& point_a,
                        const Vector& point_b);

}  // namespace lemmata::analysis
