#include "sim/numerics/softmax.h"
#include "sim/attention/attention.h"

namespace lemmata::sim {
namespace {

// A_jl = e^{S_jl} / sum_i e^{S_il}
class Softmax final : public Attention {
 public:
  void weights(Block scores) const override {
    if (scores.outerStride() == scores.rows()) return softmax_columns(scores.data(), scores.rows(), scores.cols());
    for (Index query = 0; query < scores.cols(); ++query) softmax_columns(scores.col(query).data(), scores.rows(), 1);
  }
  // dS_jl = A_jl (dA_jl - sum_i A_il dA_il)
  void backward(const ConstBlock& weights, Block d_weights) const override {
    for (Index query = 0; query < weights.cols(); ++query) {
      double mean = 0;
      for (Index key = 0; key < weights.rows(); ++key) mean += weights(key, query) * d_weights(key, query);
      for (Index key = 0; key < weights.rows(); ++key)
        d_weights(key, query) = weights(key, query) * (d_weights(key, query) - mean);
    }
  }
  // A'_jl = A_jl (S'_jl - sum_i A_il S'_il): the Jacobian of a softmax is symmetric
  void weights_tangent(const ConstBlock& weights, Block scores_tangent) const override {
    backward(weights, scores_tangent);
  }
  // dS' = A' (dA - m) + A (dA' - m'),  m = sum_i A_i dA_i,  m' = sum_i (A'_i dA_i + A_i dA'_i)
  void backward_tangent(const ConstBlock& weights, const ConstBlock& weights_tangent, const ConstBlock& d_weights,
                        Block d_weights_tangent) const override {
    for (Index query = 0; query < weights.cols(); ++query) {
      const double mean = weights.col(query).dot(d_weights.col(query));
      const double mean_tangent =
          weights_tangent.col(query).dot(d_weights.col(query)) + weights.col(query).dot(d_weights_tangent.col(query));
      d_weights_tangent.col(query).array() =
          weights_tangent.col(query).array() * (d_weights.col(query).array() - mean) +
          weights.col(query).array() * (d_weights_tangent.col(query).array() - mean_tangent);
    }
  }
};

}  // namespace

AttentionEntry softmax_attention() {
  static const Softmax attention;
  return {"softmax", "A = softmax over keys of x_j^T Q x_l", "mot.md section 2", &attention, true, true};
}

}  // namespace lemmata::sim
