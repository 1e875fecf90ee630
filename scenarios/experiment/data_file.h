#pragma once
#include <filesystem>

#include "analysis/dataset.h"
#include "sim/data/dataset.h"

namespace lemmata::scenarios {

/// Reads a data set from HDF5: X (sample, token, feature), y (sample) in {-1, +1}, class (sample) from 0, of any float
/// or integer type; optional class_signal and label_signal (class, feature), token_kind (sample, token), weight
/// (sample), which is 1/samples without it. Other datasets are ignored. Classes = max + 1, or more if class_signal has
/// more rows.
/// @throws InputError or analysis::FileError naming file, dataset, what was found and what is allowed.
/// Checked by: tests/scenarios/experiment_test.cpp, tests/scenarios/bad_input_test.py.
sim::Dataset read_data_file(const std::filesystem::path& file);

/// The same data set as variables of a file, and the sizes of their dimensions.
analysis::Dataset data_variables(const sim::Dataset& data);

}  // namespace lemmata::scenarios
