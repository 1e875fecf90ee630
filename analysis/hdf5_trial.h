#pragma once
#include "analysis/hdf5_reader.h"

namespace lemmata::analysis {

/// Has a child process read the whole file, as Hdf5Reader does first of all unless child_first is false. Touches the
/// HDF5 library in the child alone, so several files may be tried at once, by threads, as long as no thread uses the
/// library meanwhile.
/// @throws FileError as Hdf5Reader: no file, not regular, damaged inside. What does not even open is left to the
/// reader.
/// Checked by: tests/analysis/hdf5_reader_test.cpp, tests/scenarios/report_test.py.
void require_readable(const std::filesystem::path& file, const ReadOptions& options = {});

}  // namespace lemmata::analysis
