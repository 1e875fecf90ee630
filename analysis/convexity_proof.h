#pragma once
#include <optional>
#include <string>

#include "analysis/certified.h"
#include "analysis/margin_loss.h"

// Strong convexity of one expert's subtask, proven from the exact doubles that a run holds and not from a rounded
// Hessian.
namespace lemmata::analysis {

/// One expert of linear form with softmax attention, its attention and the gate frozen:
///
///   L(w) = sum_k share_k q_k l(y_k <w, u_k>),  u_k = sum_jl A_jl x_j,  A_.l = softmax_j(x_j^T Q x_l),
///   q_k  = P(h_i + r_i = max_j (h_j + r_j)),  h_j = <theta_j, sum_l x_l>,  r_j iid Uniform[0, nu].
/// The numbers below are taken as they are; u_k, q_k and l'' are functions of them over the reals.
struct ExactSubtask {
  MarginLoss loss = MarginLoss::squared;
  Matrix tokens;                ///< (feature, sample * tokens_per_sample): column k L + j is x_j of sample k
  Index tokens_per_sample = 0;  ///< L >= 1
  Vector labels;                ///< y_k (sample), -1 or +1
  Vector share;                 ///< (sample), > 0: weight of a sample in the mean
  Matrix attention;             ///< Q (key_feature, query_feature)
  Matrix gate;                  ///< theta (feature, expert)
  double gate_noise = 1;        ///< nu > 0
  Index expert = 0;             ///< i, the column of `gate`
};

/// All w with lower <= w <= upper, feature by feature; none = every w.
struct WeightBox {
  Vector lower, upper;
};

/// What was proven of a subtask.
struct ConvexityProof {
  bool proven = false;
  std::string missing;  ///< what the proof lacks; empty if proven
  Index samples = 0;    ///< |R|, R = the samples whose q_k is proven to be 1
  Index dimension = 0;  ///< of V, the span of the tokens of R, found exactly
};

/// Proves that L is strongly convex with constant `modulus` along V on the box: for all w there and all v in V with
/// w + v there,  L(w + v) >= L(w) + <grad L(w), v> + modulus/2 ||v||^2.
///
/// Every q_k is first proven to be exactly 1 (k in R) or exactly 0; else nothing is proven. With c_k = min of l'' over
/// the margins of the box, H(w) - F is positive semi-definite for F = sum_R share_k c_k u_k u_k^T, so it is enough that
/// G^T (F - modulus I) G is positive definite, G a basis of V taken from the tokens themselves (exact rank, by
/// elimination in integers): Cholesky factorisation in balls. As F vanishes orthogonally to the u_k, this also proves
/// that the attended inputs u_k, k in R, span all of V, and L does not depend on w orthogonally to V.
///
/// squared: c_k = 1, on every w. squared_hinge: 1 where every margin is certainly below 1, else 0. logistic and
/// exponential: 0 on an unbounded set. A margin's enclosure may be wider than its exact range: c_k is then smaller.
///
/// @param modulus  mu > 0.
/// @return not proven, with the reason, also in a build without ball arithmetic. That never says "not convex".
/// @throws std::invalid_argument on shapes that disagree, numbers that are not finite, or out of the ranges above.
/// Checked by: tests/analysis/convexity_proof_test.cpp; tests/scenarios/proof_test.py in other arithmetic; claim M5.
ConvexityProof prove_strong_convexity(const ExactSubtask& subtask, const std::optional<WeightBox>& box, double modulus,
                                      Index precision = proof_precision);

/// F of prove_strong_convexity, rounded outwards to doubles. On a box of one point, and for squared loss on any, it is
/// the Hessian there.
/// @throws std::invalid_argument likewise; std::runtime_error in a build without ball arithmetic, or if some q_k is
/// neither proven 0 nor 1.
MatrixEnclosure least_hessian(const ExactSubtask& subtask, const std::optional<WeightBox>& box,
                              Index precision = proof_precision);

}  // namespace lemmata::analysis
