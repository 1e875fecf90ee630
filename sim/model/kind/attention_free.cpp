#include "sim/model/kind/shared.h"

namespace lemmata::sim {
namespace {

// A mixture of experts without attention: A = 1/L, stage II has nothing to train.
Architecture build(const ModelConfig& config) {
  Architecture built = gated_blocks(config);
  built.attention = attention_named("uniform").attention;
  return built;
}

}  // namespace

ModelEntry attention_free_model() {
  return {"attention_free", "mixture of experts with uniform attention", "mot.md section 2", build, true, false};
}

}  // namespace lemmata::sim
