#include "sim/transformer/causal_attention.h"

#include "sim/numerics/padded_products.h"

namespace lemmata::sim {

void attend(const AttentionInput& input, double* weights, double* context) {
  const Index length = input.length;
  inner_products(input.key, length, input.query, length, input.stride, weights);
  for (Index query = 0; query < length; ++query) {
    Eigen::Map<Eigen::ArrayXd> column(weights + query * length, length);
    auto seen = column.head(query + 1);
    seen = (input.scale * (seen - seen.maxCoeff())).exp();
    seen /= seen.sum();
    column.tail(length - query - 1).setZero();
  }
  const Run all[] = {{0, length}};
  product(input.value, input.stride, length, weights, length, all, context);
}

// dL/dP(j, i) = v_j . dL/dc_i;  dL/dS(j, i) = P(j, i) (dL/dP(j, i) - sum_l P(l, i) dL/dP(l, i)), S the scaled scores;
// dL/dq_i = scale sum_j dL/dS(j, i) k_j,  dL/dk_j = scale sum_i dL/dS(j, i) q_i,  dL/dv_j = sum_i P(j, i) dL/dc_i.
void attend_backward(const AttentionInput& input, const double* weights, const double* d_context, double* d_scores,
                     double* d_query, double* d_key, double* d_value) {
  const Index length = input.length, stride = input.stride;
  const Run all[] = {{0, length}};
  outer_product(d_context, stride, weights, length, length, all, false, d_value);
  inner_products(input.value, length, d_context, length, stride, d_scores);
  for (Index query = 0; query < length; ++query) {
    Eigen::Map<const Eigen::ArrayXd> p(weights + query * length, length);
    Eigen::Map<Eigen::ArrayXd> d(d_scores + query * length, length);
    const double along = (p * d).sum();
    d = input.scale * p * (d - along);
  }
  product(input.key, stride, length, d_scores, length, all, d_query);
  outer_product(input.query, stride, d_scores, length, length, all, false, d_key);
}

}  // namespace lemmata::sim
