#pragma once
#include "sim/model/architecture.h"

namespace lemmata::sim {

/// What every kind starts from: one expert of one head with the configured form, activation, attention and neurons,
/// no gate. @throws ConfigError on unknown names and numbers out of range.
Architecture plain_block(const ModelConfig& config);

/// `plain_block` repeated model.experts times behind the configured gate.
Architecture gated_blocks(const ModelConfig& config);

/// Output signs +1, -1, +1, ... over the neurons of each unit.
Matrix alternating_signs(Index neurons, Index units);

}  // namespace lemmata::sim
