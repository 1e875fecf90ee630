#pragma once
#include "sim/train/trainer.h"

namespace lemmata::scenarios {

/// Which steps are recorded. `every` n > 0: steps with t mod n = 0 and each stage's first. 0 (log): those at
/// round(10^(k/per_decade)) steps since the stage began, k = 0, 1, ..., each stage's first, and the end of its budget
/// by the next stage's first. Source: contract.md. Checked by: tests/scenarios/record_schedule_test.cpp.
bool is_recorded(long step, long stage_step, long every, long per_decade);

/// The same of a snapshot: the closing record is always taken, whatever its step.
bool is_recorded(const sim::Snapshot& snapshot, long every, long per_decade);

}  // namespace lemmata::scenarios
