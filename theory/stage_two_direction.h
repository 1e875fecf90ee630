#pragma once
#include "theory/class_mixture.h"

namespace lemmata::theory {

/// What stage II does first: E[y df/dQ] at uniform attention, linear form, specialised expert w = amplitude v_n, class
/// n.
///
///   (a alpha / L) { [alpha^2 (1 - 1/L) + (1 - 2/L) S] v_n v_n^T
///                   - (1/L) [beta^2 c_n c_n^T + gamma^2/(N-1) sum_{n' != n} v_n' v_n'^T + S I] },   S = (L-3) s^2.
///
/// Derivation: at A = 1/L, df/dQ = (1/L) [sum_j <w,x_j> x_j - m u] u^T with u = sum_l x_l, m = <w, u>/L, and
/// <w, u> = a (alpha y + eta), eta = sum of the noise tokens' components along v_n. Averaged over everything:
/// E[y sum_j <w,x_j> x_j u^T] = a alpha (alpha^2 + S) v_n v_n^T (label token, and noise tokens against y alpha v_n in
/// u), and E[y m u u^T] = (a/L) {alpha E[u u^T] + E[y eta u u^T]} with E[y eta u u^T] = 2 alpha S v_n v_n^T. At s = 0,
/// y f = a alpha for every sample, so that -dL_n/dQ = -l'(a alpha) times this, exactly; not at s > 0.
///
/// @param amplitude  a, of w = a v_n.
/// @return (key feature, query feature), the layout of Q in S_jl = x_j^T Q x_l.
/// @throws std::invalid_argument on an invalid mixture, class or amplitude.
/// Source: mot.md section 6, claim M9; derived again here, it agrees.
/// Checked by: tests/theory/stage_two_direction_test.cpp (enumeration at s = 0, Monte Carlo at s > 0).
Matrix stage_two_direction(const ClassMixture& mixture, Index class_index, double amplitude);

/// First-order change of the attention mass on the label token, mean over queries and samples of class n, under Q = t
/// G:
///
///   d mass / dt at t = 0 = (1/L^2) E[(x_label - u/L)^T G u] = (1/L^2) [alpha^2 v_n^T G v_n - tr(G E[u u^T | n]) / L],
/// since softmax at uniform attention changes by dA_jl = (1/L) (dS_jl - mean_j dS_jl), dS_jl = x_j^T G x_l.
/// For G = stage_two_direction with a alpha > 0 and s = 0 it is positive: label-token mass rises.
/// @param direction  G, (key feature, query feature).
double label_mass_slope(const ClassMixture& mixture, Index class_index, const Matrix& direction);

}  // namespace lemmata::theory
