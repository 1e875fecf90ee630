#pragma once
#include <filesystem>
#include <functional>

#include "scenarios/map/stored_run.h"
#include "sim/parallel.h"

namespace lemmata::scenarios {

/// What runs a map reports while it works.
struct MapWatch {
  std::function<void(long total)> round = [](long) {};  ///< a round begins, of so many runs that are not there yet
  std::function<void()> done = [] {};                   ///< one more run; called from several threads
  std::function<bool()> proceed = [] { return true; };  ///< asked at every step; false interrupts
};

/// Whether the runs of one cell leave its law open: none that counts (routing pure) has a decided law for every gap
/// that is defined. Such a cell gets its next seed.
bool is_open(std::span<const StoredRun* const> runs);

/// Runs every regime of the map with seed 0, then those whose law is open with seed 1, and so on up to plan.seeds.
///
/// Each run is appended to `lines` when it ends; runs found there are not done again, so an interrupted map goes on
/// where it stopped. The result does not depend on the number of threads or on interruptions.
/// @return the runs by cell and seed; fewer if interrupted.
/// @throws InputError if `lines` belongs to another map or another build.
std::vector<StoredRun> run_map(const LawMapPlan& plan, const std::filesystem::path& lines, sim::ThreadTeam& team,
                               const MapWatch& watch);

}  // namespace lemmata::scenarios
