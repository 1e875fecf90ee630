#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// Lower bound on the 0-1 error (share with y F <= 0) of every additive model F = sum_l f(x_l) on class_mixture:
///
///   error >= sum over pairs {n, n'} of min(P(n, n'), P(n', n)) / 4,
/// P(n, n') the probability of class n with distractor n'. It is 1/8 for uniform classes and distractors (N(N-1)/2
/// pairs of P = 1/(N(N-1)) each).
///
/// Derivation: take amplitudes a, b and the four samples X1 = (n, n', +, -; a, b), X3 = (n, n', -, +; a, b),
/// X4 = (n', n, +, -; b, a), X2 = (n', n, -, +; b, a) (class, distractor, y, eps; label and distractor amplitude). In
/// F1 - F3 the class token cancels: F1 - F3 = [f(a v_n) + f(-b v_n')] - [f(-a v_n) + f(b v_n')] = F2 - F4. To be right,
/// F1 > 0 > F3 and F4 > 0 > F2, so the two differences would have opposite signs: at least one of the four errs. Each
/// of them has probability P/4 (two signs), with equal density if (alpha, gamma) is exchangeable and the signs are
/// uniform; the other tokens must be independent of all this. Tight: some additive model reaches it at alpha = gamma
/// (see the test). It covers uniform attention and any number of heads, not softmax attention.
/// @param pair_probability  P, (class, distractor), entries >= 0, diagonal 0, sum 1.
/// @throws std::invalid_argument otherwise.
/// Source: mot.md claim M10; Chen, Deng, Wu, Gu, Li 2022 (arXiv 2208.02813), theorem 4.1.
/// Checked by: tests/theory/swap_bound_test.cpp.
double swap_error_bound(const Matrix& pair_probability);

/// P(n, n') = class_share_n / (N - 1), n' != n: distractors uniform (Zipf classes, for example).
Matrix uniform_distractors(const Vector& class_share);

}  // namespace lemmata::theory
