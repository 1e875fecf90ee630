#include "sim/model/kind/shared.h"
#include "sim/error.h"

namespace lemmata::sim {
namespace {

// f = sum_h f_h over H transformer blocks, no gate.
Architecture build(const ModelConfig& config) {
  if (!(config.heads >= 1)) throw ConfigError("model.heads", config.heads, "an integer >= 1");
  Architecture built = plain_block(config);
  built.heads = config.heads;
  built.output_weight = alternating_signs(built.neurons, built.heads);
  return built;
}

}  // namespace

ModelEntry single_model() {
  return {"single", "a single transformer with H heads, f = sum_h f_h", "mot.md section 2", build, false, true};
}

}  // namespace lemmata::sim
