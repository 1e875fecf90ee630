#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// The erf law (theory/erf_law.h) for K hidden nodes that share the attention of a query:
///
///   dv_lk/dt = mu_lk exp(z_l/T)/A,   dz_l/dt = (1/T) sum_k v_lk mu_lk exp(z_l/T)/A,   v(0) = z(0) = 0,
/// mu_l = (Delta_1l, ..., Delta_Kl). Every entry of row l grows at the same rate times mu_lk, so the row keeps the
/// direction mu_l: v_lk = alpha_l mu_lk. With z_l = sum_k v_lk^2/(2T) the right side holds the PRODUCT over nodes
/// exp(sum_k v_lk^2/(2 T^2)) = exp(alpha^2 |mu_l|^2/(2 T^2)), and beta = alpha |mu_l| is the erf law of one node with
/// Delta = |mu_l|:
///
///   alpha_l(t) = sqrt2 T erfinv( sqrt(2/pi) |mu_l| t/(A T) ) / |mu_l|.
///
/// @param mu    (component, node), finite.
/// @param time  0 <= t < row_law_blow_up_time. @param normalisation  A > 0. @param temperature  T > 0.
/// @return v(t), (component, node). @throws std::invalid_argument on anything else.
/// Source: arXiv 2310.00535, Theorem 2 for K nodes; joma.md, Theorem 2. T and A added.
/// Checked by: tests/theory/joma_laws_test.cpp; claim J9.
Matrix row_law(const Matrix& mu, double time, double normalisation, double temperature);

/// t* = A T sqrt(pi/2) / max_l |mu_l|.
double row_law_blow_up_time(const Matrix& mu, double normalisation, double temperature);

/// The form that claim J9 refutes, at A = T = 1: a SUM of the nodes' exponentials in place of their product,
///   dalpha_l/dt = weight sum_k exp(alpha_l^2 mu_lk^2/2),
/// weight 1, or 1/K for their mean. The same as row_law for K = 1. By inversion of t = int_0^alpha da / (...), which is
/// relatively accurate to 1e-12.
/// @param weight  > 0. @return v(t), (component, node); infinite where this form has blown up by then.
/// @throws std::invalid_argument. Checked by: tests/theory/joma_laws_test.cpp (K = 1 is the erf law).
Matrix row_law_with_sum(const Matrix& mu, double time, double weight);

}  // namespace lemmata::theory
