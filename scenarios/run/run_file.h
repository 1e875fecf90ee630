#pragma once
#include "scenarios/run/checkpoint.h"
#include "scenarios/run/numerical_notes.h"

namespace lemmata::scenarios {

/// A run on its way into its result file: records, flushes and checkpoints, and goes on from one. What trains calls it
/// at every step; all systems share it.
/// Checked by: tests/scenarios/resume_test.py, run_test.py.
class RunFile {
 public:
  /// Held while it is made: team.files.
  /// @param attributes  provenance.  @param initial  group `initial`.
  /// @throws InputError, analysis::FileError before anything is written.
  RunFile(const Scenario& scenario, const std::filesystem::path& target, const analysis::ResultLayout& layout,
          const analysis::Attributes& attributes, const analysis::Dataset& initial, const RunTeam& team,
          const StepTick& tick, const CheckpointPlan& plan);

  /// Where the run goes on; null: it starts afresh.
  const SchedulePlace* place() const { return checkpoint_.place() ? &*checkpoint_.place() : nullptr; }
  /// Sets `state` to what it is at place() and writes the records until then; nothing if the run starts afresh.
  /// @throws analysis::FileError if the checkpoint is damaged.
  void go_on(const StateVisit& state);

  /// Before anything of a step is done: writes a checkpoint if one is due.
  void between(const SchedulePlace& place, const StateVisit& state);
  /// @return false to interrupt.
  bool tick();
  void record(long step, const Row& row);

  /// Ends the file, with a last checkpoint if the run was interrupted, else without any.
  /// @param groups  `final` and others.
  RunOutcome finish(const sim::TrainingResult& training, const std::map<std::string, analysis::Dataset>& groups,
                    const StateVisit& state);

 private:
  void look_at(long step, const Row& row);

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex& files_;
  const StepTick& tick_;
  const CheckpointPlan& plan_;
  Checkpoint checkpoint_;
  analysis::ResultWriter writer_;
  SchedulePlace here_;
  NumericalNotes notes_;
  RunOutcome outcome_;
};

}  // namespace lemmata::scenarios
