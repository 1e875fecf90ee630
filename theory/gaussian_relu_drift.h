#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// Theorem 3: the drift of one ReLU node under uniform attention, tokens from isotropic Gaussian clusters.
///
/// x | j ~ N(xbar_j, sigma^2 I), h' = 1[v.x + xi > 0], a_j = E[g | j] P(j). Let s = sigma |v|, r_j = v.xbar_j + xi, so
/// that v.x + xi ~ N(r_j, s^2) and P(h' = 1 | j) = Phi(r_j/s). Of x - xbar_j only the part along v/|v| depends on h':
/// it is sigma eta, eta ~ N(0, 1), with h' = 1[eta > -r_j/s] and E[eta 1[eta > -q]] = n(q). Hence
///
///   dv/dt = E[g h' x] = sum_j a_j Phi(r_j/s) xbar_j + (sigma/|v|) [ sum_j a_j n(r_j/s) ] v,
/// Phi and n the normal distribution and density.
///
/// @param v        (dimension), not 0.   @param bias     xi.
/// @param centres  xbar, (dimension, cluster).   @param weight  a, (cluster).   @param sigma  > 0.
/// @throws std::invalid_argument on anything else, or shapes that disagree.
/// Source: arXiv 2310.00535, Theorem 3; joma.md, Theorems 3 and 4.
/// Checked by: tests/theory/joma_laws_test.cpp; claim J16.
Vector gaussian_relu_drift(const Vector& v, double bias, const Matrix& centres, const Vector& weight, double sigma);

}  // namespace lemmata::theory
