#pragma once
#include <string>
#include <vector>

#include "sim/config.h"

namespace lemmata::sim {

/// Rewrites a three-stage schedule (I: ffn + gate, II: attention + gate, III: ffn + gate) into a named variant with the
/// same total number of steps and the same per-block optimisers.
///   three_stage      as given, whatever it is
///   two_stage        I and II merged into one stage that trains all three blocks, then III
///   two_stage_late   I, then II and III merged
///   joint            one stage, all blocks
///   alternating      I, then II and III in turn for `period` steps each (II first, because I ends with ffn; the last
///   turn
///                    may be shorter), until the steps of II and III together are used up
/// A merged stage takes ffn from the last merged stage that trains it, likewise every other block; stop rules and
/// normalise_by_load are those of the last merged stage. Names: "I+II"; "II.1", "III.1", "II.2", ...
/// @param period  used by alternating only; at least 1, and long enough for at most 127 stages (results store the stage
///                as one signed byte).
/// @throws ConfigError("schedule.preset" | "schedule.period" | "stages" | "stages.<i>.steps" | "stages.<i>.train",
/// ...). Source: mot.md section 4. Checked by: tests/sim/preset_test.cpp.
std::vector<StageConfig> apply_preset(const std::string& preset, const std::vector<StageConfig>& stages, long period);

}  // namespace lemmata::sim
