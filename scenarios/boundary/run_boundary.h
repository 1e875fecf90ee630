#pragma once
#include <filesystem>
#include <functional>
#include <vector>

#include "scenarios/boundary/boundary_run.h"
#include "sim/parallel.h"

namespace lemmata::scenarios {

/// What a boundary reports while it works.
struct BoundaryWatch {
  std::function<void(long runs)> done = [](long) {};    ///< so many more are there, or will not be needed
  std::function<bool()> proceed = [] { return true; };  ///< asked at every step; false interrupts
};

/// Runs the search of every row side by side, batch after batch (analysis/boundary_search.h).
///
/// Each run is appended to `lines` when it ends; runs found there are not done again. A batch of a row depends on the
/// runs of that row before it alone, so the result does not depend on the number of threads or on interruptions.
/// @return the runs by row and number; of no use if interrupted.
/// @throws InputError if `lines` belongs to another boundary or another build.
/// Checked by: tests/scenarios/boundary_test.cpp, tests/scenarios/boundary_test.py.
std::vector<BoundaryRun> run_boundary(const BoundaryPlan& plan, const std::filesystem::path& lines,
                                      sim::ThreadTeam& team, const BoundaryWatch& watch);

}  // namespace lemmata::scenarios
