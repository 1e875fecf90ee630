#pragma once
#include <filesystem>

#include "analysis/dataset.h"
#include "sim/model/parameters.h"

namespace lemmata::scenarios {

/// Replaces initial values by those of an HDF5 file: ffn (expert, feature) or (expert, neuron, feature), attention
/// (expert, key_feature, query_feature), gate (expert, feature), output (expert) or (expert, neuron). For `single`,
/// heads take the place of experts; shared attention is one (key_feature, query_feature). Blocks that the file lacks,
/// or that the model does not have, are left alone; other datasets are ignored.
/// @throws InputError or analysis::FileError; also if the file has none of ffn, attention, gate.
/// Checked by: tests/scenarios/experiment_test.cpp.
void read_parameters(const std::filesystem::path& file, const sim::Architecture& architecture,
                     sim::Parameters& parameters);

/// Recorded exploration noise `routing_noise` (step, sample, expert) of an init file, one matrix (expert, sample) per
/// step.
/// @param nu     the noise of the gate: every draw lies in [0, nu].
/// @param steps  updates of the schedule; so many draws are needed at least.
/// @return empty if the file has none.
std::vector<Matrix> read_routing_noise(const std::filesystem::path& file, const sim::Architecture& architecture,
                                       Index samples, double nu, long steps);

/// Parameters as variables of a file, in the shapes above, with the sizes of their dimensions: what read_parameters
/// reads.
analysis::Dataset parameter_variables(const sim::Architecture& architecture, const sim::Parameters& parameters);

}  // namespace lemmata::scenarios
