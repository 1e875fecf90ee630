#include "sim/model/kind/shared.h"

namespace lemmata::sim {
namespace {

// f = relu(z_1) - relu(z_2), z_h = (1/L) sum_l sum_j A_jl <w_h, x_j>: two heads of one form with output signs +1 and
// -1. Form, activation, neurons and heads of the settings are not used: the kind fixes them.
Architecture build(const ModelConfig& config) {
  ModelConfig fixed = config;
  fixed.expert = {"averaged", "relu", 1};
  Architecture built = plain_block(fixed);
  built.heads = 2;
  built.output_weight = alternating_signs(2, 1).transpose();
  return built;
}

}  // namespace

ModelEntry two_head_relu_model() {
  return {"two_head_relu",
          "two heads of opposite sign, tokens averaged before the ReLU",
          "after Yang, Wang, Lee, Liang 2025; mot.md section 2",
          build,
          false,
          true};
}

}  // namespace lemmata::sim
