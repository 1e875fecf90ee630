#include "sim/attention/attention.h"

namespace lemmata::sim {
namespace {

// A = 1/L whatever the scores: no attention. Its gradient is exactly zero.
class Uniform final : public Attention {
 public:
  bool uses_scores() const override { return false; }
  void weights(Block scores) const override { scores.setConstant(1.0 / static_cast<double>(scores.rows())); }
  void backward(const ConstBlock&, Block d_weights) const override { d_weights.setZero(); }
  void weights_tangent(const ConstBlock&, Block scores_tangent) const override { scores_tangent.setZero(); }
  void backward_tangent(const ConstBlock&, const ConstBlock&, const ConstBlock&,
                        Block d_weights_tangent) const override {
    d_weights_tangent.setZero();
  }
};

}  // namespace

AttentionEntry uniform_attention() {
  static const Uniform attention;
  return {"uniform", "A = 1/L, no attention", "mot.md section 2", &attention, true, true};
}

}  // namespace lemmata::sim
