#pragma once
#include "theory/class_rate.h"

namespace lemmata::theory {

/// Conflict of the class gradients of one linear expert that serves every class, uniform attention, squared loss, s =
/// 0.
struct UniformHeadConflict {
  double scale;         ///< a, where w = a sum_n v_n
  double cosine;        ///< of any two class gradients
  double cancellation;  ///< ||sum_n g_n||^2 / sum_n ||g_n||^2
};

/// The lowest loss of such a head, (1/2) gamma^2 / (alpha^2 + gamma^2), where the class gradients cancel exactly.
double uniform_head_floor(const MixtureAmplitudes& mixture);

/// The conflict where descent from w = 0 has brought the loss down to `loss`.
///
/// By symmetry descent stays on w = a sum_n v_n, where y <w, u> = alpha a +- gamma a, so that
///   L(a) = ((1 - alpha a)^2 + (gamma a)^2) / 2,
///   -N g_n = A v_n - B sum_{k != n} v_k,   A = alpha (1 - alpha a),   B = a gamma^2 / (N-1),
///   cosine = (-2 A B + (N-2) B^2) / (A^2 + (N-1) B^2),   cancellation = (A - (N-1) B)^2 / (A^2 + (N-1) B^2).
/// At a = 0 the gradients are orthogonal; at the floor A = (N-1) B: cosine -1/(N-1), cancellation 0.
/// @param loss  in [uniform_head_floor, 1/2].   @throws std::invalid_argument outside.
/// Source: own derivation from mot.md sections 1 and 2. Checked by: tests/scenarios/claims45_test.cpp; claim M4.
UniformHeadConflict uniform_head_conflict(const MixtureAmplitudes& mixture, double loss);

}  // namespace lemmata::theory
