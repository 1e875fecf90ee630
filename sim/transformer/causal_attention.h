#pragma once
#include "sim/types.h"

namespace lemmata::sim {

/// Queries, keys and values of one sequence, PADDED (sim/numerics/padded_products.h): (stride, length) each.
struct AttentionInput {
  const double *query, *key, *value;
  Index stride, length;
  double scale;
};

/// P(j, i) = softmax over j <= i of scale k_j . q_i, and 0 for j > i;  context_i = sum_j P(j, i) v_j.
/// @param weights  out: P, (key, query), length x length.   @param context  out: (stride, length).
/// Checked by: tests/sim/transformer_test.cpp, tests/sim/transformer_gradient_test.cpp.
void attend(const AttentionInput& input, double* weights, double* context);

/// Gradients from dL/dcontext, at the weights that `attend` found. @param d_scores  scratch, length x length.
void attend_backward(const AttentionInput& input, const double* weights, const double* d_context, double* d_scores,
                     double* d_query, double* d_key, double* d_value);

}  // namespace lemmata::sim
