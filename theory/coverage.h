#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// Law of the number of classes that are won by at least one expert, when every expert wins a class uniformly at
/// random.
///
///   p_{m+1}(k) = p_m(k) k/N + p_m(k-1) (N-k+1)/N,   p_0(0) = 1:
/// every term is non-negative, so every p_m(k) is relatively accurate (inclusion-exclusion cancels).
///
/// Experts are independent and classes exchangeable at initialisation w_i ~ N(0, sigma^2 I) if the label signals v_n
/// have equal norms and equal pairwise cosines; other v_n make the classes unequal and this law does not apply.
/// @param classes  N >= 1.
/// @param experts  M >= 0.
/// @return p_M(k), k = 0..N, (N+1).
/// @throws std::invalid_argument on N < 1 or M < 0.
/// Source: mot.md, claim M3 (coupon collector).
/// Checked by: tests/theory/coverage_test.cpp (exact fractions, Monte Carlo).
Vector covered_classes_law(Index classes, Index experts);

/// P(all N winner sets are non-empty) = p_M(N).
double coverage_probability(Index classes, Index experts);

/// P(some winner set is empty) = sum_{k < N} p_M(k): 1 - coverage, also where that is far below 1e-16.
double uncovered_probability(Index classes, Index experts);

/// N ln(N / delta): M of at least this is sufficient for coverage with probability >= 1 - delta, by the union bound
/// N (1 - 1/N)^M <= N e^{-M/N}. Not necessary.
/// @throws std::invalid_argument unless N >= 1 and 0 < delta < 1.
double sufficient_experts(Index classes, double delta);

/// The smallest M with coverage probability >= 1 - delta, exactly.
Index necessary_experts(Index classes, double delta);

}  // namespace lemmata::theory
