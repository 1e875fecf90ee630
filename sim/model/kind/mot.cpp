#include "sim/model/kind/shared.h"

namespace lemmata::sim {
namespace {

Architecture build(const ModelConfig& config) { return gated_blocks(config); }

}  // namespace

ModelEntry mot_model() {
  return {"mot",
          "Mixture-of-Transformers: every expert is a transformer block",
          "arXiv 2510.27004; mot.md section 2",
          build,
          true,
          true};
}

}  // namespace lemmata::sim
