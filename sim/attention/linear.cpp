#include "sim/attention/attention.h"

namespace lemmata::sim {
namespace {

// A = S / L. With Q = 0 the block is dead (A = 0, no gradient in w): such runs need init.attention_std > 0.
class Linear final : public Attention {
 public:
  void weights(Block scores) const override { scores /= static_cast<double>(scores.rows()); }
  void backward(const ConstBlock& weights, Block d_weights) const override {
    d_weights /= static_cast<double>(weights.rows());
  }
  void weights_tangent(const ConstBlock&, Block scores_tangent) const override {
    scores_tangent /= static_cast<double>(scores_tangent.rows());
  }
  void backward_tangent(const ConstBlock& weights, const ConstBlock&, const ConstBlock&,
                        Block d_weights_tangent) const override {
    backward(weights, d_weights_tangent);
  }
};

}  // namespace

AttentionEntry linear_attention() {
  static const Linear attention;
  return {"linear", "A = S / L, no softmax; needs init.attention_std > 0", "mot.md section 2", &attention, false,
          false};
}

}  // namespace lemmata::sim
