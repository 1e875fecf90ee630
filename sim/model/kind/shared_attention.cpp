#include "sim/model/kind/shared.h"

namespace lemmata::sim {
namespace {

// One Q for all experts, an FFN each: the usual mixture-of-experts transformer block.
Architecture build(const ModelConfig& config) {
  Architecture built = gated_blocks(config);
  built.shared_attention = true;
  return built;
}

}  // namespace

ModelEntry shared_attention_model() {
  return {"shared_attention", "one attention for all experts, an FFN each", "mot.md section 2", build, true, true};
}

}  // namespace lemmata::sim
