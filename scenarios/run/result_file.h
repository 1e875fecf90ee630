#pragma once
#include <chrono>
#include <filesystem>
#include <limits>
#include <span>

#include "analysis/dataset.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/run/recorder.h"

namespace lemmata::scenarios {

RecordPlan record_plan(const Scenario& scenario);

/// Root attributes of a result file that are known before the run; `stop_reason`, `wall_time_s` follow at its end.
analysis::Attributes provenance(const Scenario& scenario, int threads);

/// Group `steps_to_eps`: eps, and the first step with prediction_loss <= eps from the start and from the last stage's start.
analysis::Dataset steps_to_eps_group(const analysis::StepsToEps& from_start, const analysis::StepsToEps& from_last_stage);

/// Trains one scenario and records it into `target` (contract.md, "Result file").
/// @param tick  called at every step; return false to stop early: what was recorded is kept, stop_reason `interrupted`.
/// @throws InputError, analysis::FileError before anything is written.
struct RunOutcome {
  sim::TrainingResult training;
  double loss = std::numeric_limits<double>::quiet_NaN(), prediction_loss = loss;   ///< of the last record; NaN without one
  double wall_time = 0;                   ///< s
};
RunOutcome run_to_file(const Scenario& scenario, const std::filesystem::path& target, sim::ThreadTeam& team, const Recorder::Tick& tick);

/// Trains one scenario once per seed, seeds side by side on the team, and writes one file with a `seed` dimension in front.
/// Records of a seed that stopped early are missing (NaN). @param tick  called from several threads, with the seed's place.
std::vector<RunOutcome> run_seeds_to_file(const Scenario& scenario, std::span<const std::uint64_t> seeds, const std::filesystem::path& target,
                                          sim::ThreadTeam& team, const std::function<bool(std::size_t, const sim::Snapshot&)>& tick);

}  // namespace lemmata::scenarios
