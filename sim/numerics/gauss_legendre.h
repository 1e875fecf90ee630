#pragma once
#include <vector>

namespace lemmata::sim {

/// Nodes in (-1, 1) and weights of the n-point Gauss-Legendre rule, exact for polynomials of degree 2n - 1.
struct GaussLegendre {
  std::vector<double> node, weight;
};

/// The n-point rule, computed once per thread and n. The reference stays valid while its thread lives.
/// Newton's iteration on P_n from the asymptotic guess cos(pi (i + 3/4)/(n + 1/2)).
/// Source: Abramowitz and Stegun 25.4.29. Checked by: tests/sim/gate_test.cpp (monomials to degree 2n - 1).
/// @param n  >= 1.
const GaussLegendre& gauss_legendre(int n);

}  // namespace lemmata::sim
