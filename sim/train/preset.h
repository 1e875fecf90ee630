#pragma once
#include <string>
#include <vector>

#include "sim/config.h"

namespace lemmata::sim {

/// Rewrites a three-stage schedule (I: ffn + gate, II: attention + gate, III: ffn + gate) into a named variant with the
/// same total number of steps and the same per-block optimisers.
///   three_stage      as given
///   two_stage_early  I and II merged into one stage that trains all three blocks, then III
///   two_stage_late   I, then II and III merged
///   joint            one stage, all blocks
///   alternating      I, then periods of `period` steps that train ffn and attention in turn (the gate always)
/// A merged stage takes ffn from the last merged stage that trains it, likewise attention and gate.
/// @throws ConfigError("schedule.preset" | "schedule.period" | "stages", ...).
/// Source: mot.md section 4. Checked by: tests/sim/preset_test.cpp.
std::vector<StageConfig> apply_preset(const std::string& preset, const std::vector<StageConfig>& stages, long period);

}  // namespace lemmata::sim
