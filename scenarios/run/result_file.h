#pragma once
#include <chrono>
#include <filesystem>
#include <limits>
#include <mutex>
#include <span>

#include "analysis/dataset.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/run/numerical_notes.h"
#include "scenarios/run/recorder.h"

namespace lemmata::scenarios {

/// Builds what a run starts from and drops it.
/// @param side_by_side  so many runs are to be trained at once.
/// @throws InputError where a file of the scenario is wrong, or they need more memory than this machine has.
void require_ready(const Scenario& scenario, long side_by_side);

RecordPlan record_plan(const Scenario& scenario);

/// "2026-01-31T23:59:59Z", of now.
std::string utc_now();

/// Root attributes of a result file that are known before the run; `stop_reason`, `wall_time_s` follow at its end.
analysis::Attributes provenance(const Scenario& scenario, int threads);

/// Group `steps_to_eps`: eps, and the first step with prediction_loss <= eps from the start and from the last stage's
/// start.
analysis::Dataset steps_to_eps_group(const analysis::StepsToEps& from_start,
                                     const analysis::StepsToEps& from_last_stage);

struct RunOutcome {
  sim::TrainingResult training;
  double loss = std::numeric_limits<double>::quiet_NaN(),
         prediction_loss = loss;  ///< of the last record; NaN without one, or where it is not recorded
  double wall_time = 0;           ///< s
  long resumed_from = 0;          ///< step; 0: not resumed
  std::vector<NumericalNote> notes;
};

bool any_interrupted(const std::vector<RunOutcome>& outcomes);

/// Who trains a run: a team, or (null) the calling thread alone, several such runs side by side.
struct RunTeam {
  sim::ThreadTeam* team;
  int threads;        ///< in all, as the file says
  std::mutex& files;  ///< held while files are read and written, which HDF5 wants one thread at a time
};

/// How a run that may be interrupted keeps what it has done, see scenarios/run/checkpoint.h.
struct CheckpointPlan {
  double every_seconds = 0;                   ///< 0: none
  bool resume = false;                        ///< go on from the checkpoint beside the result file, where there is one
  bool anyway = false;                        ///< also from one of other settings or another build
  std::function<void(long steps)> on_resume;  ///< told how many steps were done before; may be empty
};
inline const CheckpointPlan no_checkpoints;

/// Called at every step, from the thread that trains; return false to interrupt. May be empty.
using StepTick = std::function<bool()>;

/// Simulates one scenario and records it into `target` (contract.md, "Result file").
/// @param tick  called at every step; return false to stop early: what was recorded is kept, stop_reason `interrupted`.
/// @throws InputError, analysis::FileError before anything is written.
RunOutcome run_to_file(const Scenario& scenario, const std::filesystem::path& target, const RunTeam& team,
                       const StepTick& tick, const CheckpointPlan& plan = no_checkpoints);

/// The same of a system that is not a mixture, to which run_to_file passes it on. The file has no `steps_to_eps`.
RunOutcome run_simulation_to_file(const Scenario& scenario, const std::filesystem::path& target, const RunTeam& team,
                                  const StepTick& tick, const CheckpointPlan& plan);

/// What a result file says of the variables and their sizes.
analysis::ResultLayout layout_of(const std::vector<analysis::VariableSpec>& variables, const Dimensions& dimensions);

/// Simulates one scenario once per seed, seeds side by side on the team, and writes one file with a `seed` dimension in
/// front. Records of a seed that stopped early are missing (NaN).
///
/// Each seed is recorded as a run of its own into the folder x.seeds beside x.h5, and these files are put together at
/// the end and removed. A run that is killed or interrupted leaves them there, the seeds that ended as result files,
/// those under way with a checkpoint, and `plan.resume` goes on with them.
/// @param tick  called from several threads.
/// Checked by: tests/scenarios/run_test.py, resume_test.py.
std::vector<RunOutcome> run_seeds_to_file(const Scenario& scenario, std::span<const std::uint64_t> seeds,
                                          const std::filesystem::path& target, sim::ThreadTeam& team,
                                          const StepTick& tick, const CheckpointPlan& plan = no_checkpoints);

}  // namespace lemmata::scenarios
