#pragma once
#include "scenarios/configuration/scenario.h"
#include "sim/train/trainer.h"

namespace lemmata::scenarios {

/// What sim::train needs: data, held-out data and initial values of a scenario, generated or read from its files. With
/// data.file, the config's classes, features and tokens are those of the file.
/// @throws InputError naming file, key, value found and what is allowed; also if it would not fit this machine's
/// memory. Checked by: tests/scenarios/experiment_test.cpp.
sim::Experiment prepare_experiment(const Scenario& scenario);

}  // namespace lemmata::scenarios
