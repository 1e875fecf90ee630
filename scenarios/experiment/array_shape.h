#pragma once
#include <string>
#include <utility>
#include <vector>

#include "analysis/hdf5_reader.h"
#include "sim/types.h"

namespace lemmata::scenarios {

/// Axes that are expected: name and size, 0 = any size of at least 1.
using ExpectedShape = std::vector<std::pair<std::string, std::size_t>>;

/// The shape of a dataset, which must be one of the expected ones (`second` is an alternative, or empty).
/// @throws InputError showing both shapes; analysis::FileError if the dataset is missing.
std::vector<std::size_t> shape_of(const analysis::Hdf5Reader& reader, const std::string& dataset,
                                  const ExpectedShape& first, const ExpectedShape& second = {});

}  // namespace lemmata::scenarios
