#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// rho_0 = sum_k P(y_0 = k) (2 P(y = 0 | y_0 = k) - 1): mean sign (+1 for 0, -1 for 1) of the nodes below the root.
///
/// @param root_probability  P(y_0 = k), (label), summing to 1.
/// @param zero_given_root   P(y = 0 | y_0 = k), (label).
/// @throws std::invalid_argument on unequal lengths, none, numbers that are no probabilities, or a sum other than 1.
/// Source: Tian et al., arXiv 2310.00535, Theorem 5, with the sign 2P - 1 in place of P, see `literal_root_mean`.
/// Checked by: tests/theory/leaf_cooccurrence_test.cpp, claim J17.
double root_mean(const Vector& root_probability, const Vector& zero_given_root);

/// q_2 = sum_k P(y_0 = k) (2 P(y = 0 | y_0 = k) - 1)^2: mean product of the signs of two different nodes below the
/// root, independent given its label. q_2 >= rho_0^2. Parameters, errors and checks as `root_mean`.
double root_second_moment(const Vector& root_probability, const Vector& zero_given_root);

/// sum_k P(y_0 = k) P(y = 0 | y_0 = k): rho_0 as a reader takes it who leaves out 2P - 1. Kept to be refuted; it equals
/// rho_0 only if every P(y = 0 | y_0 = k) with P(y_0 = k) > 0 is 1. Parameters and errors as `root_mean`.
double literal_root_mean(const Vector& root_probability, const Vector& zero_given_root);

/// P(y_l = 1 | y_m = 1) of two leaves of an HBLT(rho) that meet H levels up.
///
/// With signs s = 1 - 2y: an edge multiplies E[s | parent] by rho, so a leaf has E[s] = a, a = rho^{L-1} rho_0, and
///   E[s_l s_m] = rho^{2H} for H <= L-1 (given their ancestor, whose s^2 = 1),  rho^{2(L-1)} q_2 for H = L (the root);
///   P(1|1) = E[(1 - s_l)(1 - s_m)]/4 / (E[1 - s_m]/2) = (1/2) (1 + E[s_l s_m] - 2a)/(1 - a).
///
/// @param depth   L >= 1, edges from the root to a leaf.
/// @param levels  H, 0 (the same leaf, 1) to L.
/// @param rho     in [-1, 1]; P(child = parent) = (1 + rho)/2 below depth 1.
/// @param mean    rho_0 in [-1, 1].
/// @param second_moment  q_2 in [0, 1]; counts at H = L only.
/// @throws std::invalid_argument on numbers outside these, NaN, or a = 1, where y_m = 1 never happens.
/// Source: Tian et al., arXiv 2310.00535, Theorem 5; the case H = L, which it leaves out, is derived above.
/// Checked by: tests/theory/leaf_cooccurrence_test.cpp; message passing in tests/scenarios/latent_tree_test.cpp; claim
/// J17 (samples).
double leaf_cooccurrence(Index depth, Index levels, double rho, double mean, double second_moment);

}  // namespace lemmata::theory
