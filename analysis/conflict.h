#pragma once
#include "analysis/types.h"

namespace lemmata::analysis {

/// How much the gradients of the classes pull one block in different directions.
struct Conflict {
  double min_cosine;      ///< smallest cosine of a pair of classes; NaN with fewer than two classes left
  double mean_cosine;     ///< mean over the pairs; NaN with fewer than two classes left
  double negative_share;  ///< share of pairs with cosine < -1e-12 (rounding of an orthogonal pair is no conflict)
  double cancellation;  ///< ||sum_n g_n||^2 / sum_n ||g_n||^2: 1 = orthogonal, 0 = full cancellation, at most `classes`
  Index classes;          ///< classes left, that is with a gradient that is not exactly zero
};

/// Conflict between class gradients.
///
///   cosine(n, k) = <g_n, g_k> / (||g_n|| ||g_k||),   cancellation = ||sum_n g_n||^2 / sum_n ||g_n||^2.
/// Classes whose gradient is exactly zero are left out; with fewer than two left, cancellation is 1, the share 0 and
/// both cosines NaN. All norms are scaled ones, so gradients of 1e-170 (or 1e170) give the same numbers as gradients
/// of 1.
///
/// @param class_gradients  g_n, (parameter, class): one column per class, each already weighted by the class's share,
/// so
///                         that their sum is the block's gradient.
/// @return NaN in all four numbers if any entry is not finite (a run that diverged is a result, not an error).
/// Source: mot.md section 5 and contract.md (semantics of `conflict_*`).
/// Checked by: tests/analysis/conflict_test.cpp.
Conflict gradient_conflict(const Matrix& class_gradients);

}  // namespace lemmata::analysis
