#pragma once
#include "sim/transformer/batch.h"

namespace lemmata::scenarios {

/// Sequence c predicts its own number c at its last position, and nothing else: the classification of Table 1. The
/// vocabulary's other outputs are never right.
/// @throws ConfigError("corpus.<field>", ...) on a corpus that is none, or more sequences than the vocabulary has
/// outputs, or an empty one.
/// Checked by: tests/scenarios/transformer_runs_test.cpp.
sim::TokenBatch label_batch(const sim::Corpus& corpus);

}  // namespace lemmata::scenarios
