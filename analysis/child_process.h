#pragma once
#include <functional>
#include <string>

namespace lemmata::analysis {

/// Runs `work` in a forked child with limits, and tells whether the child survived.
///
/// Debian's HDF5 1.10.8 can crash inside the library on a damaged file. Whoever opens a file of unknown origin lets a
/// child read all of it first: the child's death is then an error message and not the death of the program. The child
/// writes nothing, and leaves without running destructors of the parent's objects.
///
/// @param work         what the child does; an exception that leaves it counts as survival (the library answered).
/// @param cpu_seconds  processor time allowed.
/// @param memory       bytes the child may map beyond what the parent already has; not enforced under the address
/// sanitizer.
/// @return empty if the child survived, else what became of it ("killed by signal 11 (Segmentation fault)").
/// Checked by: tests/analysis/child_process_test.cpp.
std::string child_death(const std::function<void()>& work, unsigned cpu_seconds, std::size_t memory);

}  // namespace lemmata::analysis
