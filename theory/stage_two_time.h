#pragma once
#include "theory/stage_two_direction.h"

namespace lemmata::theory {

/// Steps of stage II after which the score of the label token with itself, alpha^2 v_n^T Q v_n, has grown to 1 at the
/// speed it starts with; then attention is no longer near uniform:
///
///   T2 = 1 / (eta share (-l'(a alpha)) alpha^2 v_n^T G v_n),   G = stage_two_direction(mixture, n, a).
/// With squared loss -l'(a alpha) = 1 - a alpha. At s > 0 the slope is not constant over samples, so this is a scale.
/// @param amplitude      a, of w = a v_n.
/// @param slope          -l'(a alpha) > 0.
/// @param share          of all samples that belong to the class and reach the expert, in (0, 1].
/// @param learning_rate  eta > 0, of plain gradient descent on Q.
/// @return +infinity where the score does not grow.
/// @throws std::invalid_argument on an invalid mixture, class or number.
/// Source: mot.md section 6, claim M9's closed form; the paper's own T2 is not known.
/// Checked by: claim M15; tests/theory/stage_two_time_test.cpp.
double stage_two_time(const ClassMixture& mixture, Index class_index, double amplitude, double slope, double share,
                      double learning_rate);

}  // namespace lemmata::theory
