#pragma once
#include "scenarios/system/state_fields.h"
#include "sim/train/trainer.h"

namespace lemmata::scenarios {

/// Names all that changes in the training of a mixture, but for where it stands in its schedule.
/// @param state  with parameters of the right shapes.
/// Checked by: tests/scenarios/mixture_resume_test.cpp.
void training_fields(sim::TrainingState& state, StateFields& fields);

}  // namespace lemmata::scenarios
