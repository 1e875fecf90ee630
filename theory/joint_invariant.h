#pragma once
#include "theory/types.h"

// Theorem 1 of JoMA: what one layer's attention logits z owe to its nodes' values v_k = U_C^T w_k, and the identities
// that gradient descent with a finite step obeys exactly. Restated in theory/joma.md, "Theorem 1".
namespace lemmata::theory {

/// Rates at which the two blocks move: dv/dt = eta_w E[g h' b], dz/dt = eta_z (...). Descent: the learning rates; a
/// flow in its own time: any two numbers of their ratio.
struct JointRates {
  double values = 1;  ///< eta_w > 0
  double logits = 1;  ///< eta_z > 0
};

/// sum_k (v_lk^2 - v_lk(0)^2) for every token l, computed as (v - v0)(v + v0), so that a small change is exact.
/// @param values, initial  v, (token, node).
/// @throws std::invalid_argument  on disagreeing shapes.
Vector square_change(const Matrix& values, const Matrix& initial);

/// Exponential attention, gradient flow: z(t) - z(0) by token.
///
///   z - z(0) = eta_z / (2 T eta_w) sum_k (v_k^2 - v_k(0)^2),
/// since dz = (eta_z/T) sum_k v_k o E[g h' b] dt = eta_z/(T eta_w) sum_k v_k o dv_k. The normaliser A has no part in
/// it. For several queries that share the nodes this is sum_q (z_q - z_q(0)); no single query obeys it.
/// @param temperature  T > 0, of exp(z/T).
/// @throws std::invalid_argument  on disagreeing shapes, or a temperature or rate not > 0 (NaN included).
/// Source: arXiv 2310.00535, Theorem 1, with T and the rates added (joma.md, Theorem 1).
/// Checked by: tests/theory/joint_invariant_test.cpp, claims J1, J3, J4, J7.
Vector exp_logit_change(const Matrix& values, const Matrix& initial, double temperature, JointRates rates = {});

/// Linear attention, gradient flow: z(t)^2 - z(0)^2 by token (for several queries: the sum over them).
///
///   z^2 - z(0)^2 = (eta_z/eta_w) sum_k (v_k^2 - v_k(0)^2),  since z o dz = eta_z sum_k v_k o E[g h' z o x/A] dt.
/// Errors, source and checks as above.
Vector linear_square_change(const Matrix& values, const Matrix& initial, JointRates rates = {});

/// The same under descent with steps, exactly: v' = v + eta_w dv, z' = z + eta_z dz, dv and dz minus the gradients.
///
///   exp:  z_t - z_0 = eta_z / (2 T eta_w) [ sum_k (v_kt^2 - v_k0^2) - eta_w^2 sum_{s<t} sum_k dv_ks^2 ],
/// because v'^2 - v^2 = 2 eta_w v dv + eta_w^2 dv^2. True of any rates, any minibatches, any loss.
/// @param value_squares  sum_{s<t} sum_k dv_ks^2, (token).
/// Errors as above. Source: joma.md, Theorem 1, rates added. Checked by: the same test, claim J2.
Vector exp_logit_steps(const Matrix& values, const Matrix& initial, const Vector& value_squares, double temperature,
                       JointRates rates);

///   linear:  z_t^2 - z_0^2 = (eta_z/eta_w) [ sum_k (v_kt^2 - v_k0^2) - eta_w^2 sum_s sum_k dv_ks^2 ]
///                            + eta_z^2 sum_s dz_s^2.
/// @param logit_squares  sum_{s<t} dz_s^2, (token); for several queries summed over them.
Vector linear_square_steps(const Matrix& values, const Matrix& initial, const Vector& value_squares,
                           const Vector& logit_squares, JointRates rates);

/// Softmax attention, the theorem's approximation: z(t) - z(0) by token, if b stayed at its mean.
///
///   z - z(0) ~ eta_z / (2 T eta_w) sum_k [ v_k^2 - v_k(0)^2 - (||v_k||^2 - ||v_k(0)||^2) bbar ].
/// @param mean_attention  bbar = E[b], (token): the present one, as the theorem is usually written, or that of step 0.
/// Errors and source as above. Checked by: the same test, claims J5 and J6.
Vector softmax_logit_change(const Matrix& values, const Matrix& initial, const Vector& mean_attention,
                            double temperature, JointRates rates = {});

/// The same with bbar followed in time: z - z(0) ~ eta_z/(2 T eta_w) [ sum_k (v_k^2 - v_k(0)^2) - int bbar d(sum_k
/// ||v_k||^2) ], the integral as a sum over steps, bbar at the beginning of each.
/// What it leaves out of the exact integral form is E[g h' (b.v)(b - bbar)] only.
class SoftmaxLogits {
 public:
  /// @param initial  v at step 0, (token, node).
  SoftmaxLogits(const Matrix& initial, double temperature, JointRates rates = {});
  /// One step: bbar before it, v after it. @throws std::invalid_argument on disagreeing shapes.
  void advance(const Vector& mean_attention, const Matrix& values);
  /// z(t) - z(0), (token), after the steps so far.
  Vector change() const;

  /// All that changes, as a plain value.
  struct State {
    Matrix initial, values;  ///< v at step 0 and now
    Vector pulled;           ///< int bbar d(sum_k ||v_k||^2)
  };
  const State& state() const { return state_; }
  /// Goes on from there. @throws std::invalid_argument on disagreeing shapes.
  void set_state(const State& state);

 private:
  State state_;
  double temperature_;
  JointRates rates_;
};

}  // namespace lemmata::theory
