#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// Linear activation, LINEAR attention and a stationary upstream gradient, K hidden nodes:
///
///   dv_lk/dt = mu_lk z_l/A,   dz_l/dt = (1/A) sum_k mu_lk v_lk,   v(0) = 0, z(0) = z0.
/// d^2 z_l/dt^2 = |mu_l|^2 z_l/A^2, so with rho_l = |mu_l| (|Delta_l| for one node)
///
///   z_l(t) = z0_l cosh(rho_l t/A),   v_lk(t) = (mu_lk/rho_l) z0_l sinh(rho_l t/A);   z^2 = z0^2 + sum_k v_lk^2.
/// There is no blow-up, and T does not enter.
struct HyperbolicLaw {
  Matrix v;  ///< (component, node)
  Vector z;  ///< (component)
};

/// @param mu    Delta, (component, node), finite. @param z0  (component), finite.
/// @param time  finite. @param normalisation  A > 0.
/// @throws std::invalid_argument on anything else, or shapes that disagree.
/// Source: arXiv 2310.00535, Theorem 2, linear attention; joma.md, Theorem 2. A and z0 added.
/// Checked by: tests/theory/joma_laws_test.cpp; claim J10.
HyperbolicLaw hyperbolic_law(const Matrix& mu, const Vector& z0, double time, double normalisation);

}  // namespace lemmata::theory
