#pragma once
#include "scenarios/measure/schedule_outcome.h"

// Where the answer of compare_schedules is known.
namespace lemmata::scenarios {

/// mot/three_stage against itself on other seeds, as many: neither is better. Trains them.
Control other_seeds_control(CheckContext& context, const std::vector<ScheduleOutcome>& own);

/// mot/three_stage against stage I alone for the whole budget: steps of a fixed length 0.02 cannot settle, so that it
/// ends high and never reaches 1e-6. Trains seeds of its own.
Control stage_one_control(CheckContext& context);

/// Trains mot/three_stage and another scenario on the same seeds and fills in the verdict that own is better by
/// compare_schedules, and both controls; inconclusive if a run diverged. @param default_seeds  seeds first, first + 1,
/// ... unless the user wants fewer.
void check_schedules(CheckContext& context, Evidence& evidence, const Scenario& other, long default_seeds, long first);

}  // namespace lemmata::scenarios
