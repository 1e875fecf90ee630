#include "sim/model/kind/shared.h"

namespace lemmata::sim {
namespace {

// No attention, no gate: one FFN of width model.expert.neurons on the uniform average of tokens.
Architecture build(const ModelConfig& config) {
  Architecture built = plain_block(config);
  built.attention = attention_named("uniform").attention;
  return built;
}

}  // namespace

ModelEntry dense_model() {
  return {"dense", "one FFN, no attention, no gate", "mot.md section 2", build, false, false};
}

}  // namespace lemmata::sim
