#pragma once
#include <cstddef>
#include <functional>
#include <string>

namespace lemmata::analysis {

struct ChildLimits {
  unsigned cpu_seconds;    ///< processor time
  unsigned clock_seconds;  ///< on the clock: for a disk that does not answer
  std::size_t memory;      ///< bytes beyond what the parent has mapped; not enforced under a sanitizer
};

/// Runs `work` in a forked child with limits, and tells whether the child survived. The child writes nothing, leaves no
/// core file, and ends without running destructors of the parent's objects.
///
/// @param work  what the child does; an exception that leaves it counts as survival (the library answered).
/// @return empty if the child survived, else what became of it: "killed by signal 11 (Segmentation fault)", "stopped
/// after 8 s of processor time". @throws std::system_error  the system has no room for a child, for half a second.
/// Checked by: tests/analysis/child_process_test.cpp.
std::string child_death(const std::function<void()>& work, const ChildLimits& limits);

}  // namespace lemmata::analysis
