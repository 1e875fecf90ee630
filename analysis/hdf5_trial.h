#pragma once
#include "analysis/hdf5_reader.h"

namespace lemmata::analysis {

/// Lets a forked child read all of a file that may be hostile before its parent opens it: on damage HDF5 1.10.8 can
/// crash, loop or ask for any memory. The child reads what a Hdf5Reader with these options gives (attributes and values
/// of the root and of its groups, in pieces) and passes over what that refuses.
///
/// Its limits: processor time of 8 s, and 1 s more for each 10 MB of the file; ten times that on the clock; memory of
/// 1 GiB and one dataset of the most elements; no core file, no output.
/// Touches the library in the child alone, so several files may be tried at once, by threads, as long as no thread is
/// inside the library meanwhile. Costs about 2 ms, and reading the file once.
/// @throws FileError  it is no regular file, the child died or ran out of a limit, or the library met an error.
/// Checked by: tests/analysis/hdf5_refusals.py, tests/analysis/hdf5_reader_test.cpp.
void require_readable(const std::filesystem::path& file, const ReadOptions& options = {});

/// @throws FileError  there is no such file, or it is no regular one.
void require_regular(const std::filesystem::path& file);

}  // namespace lemmata::analysis
