#pragma once
#include "scenarios/run/checkpoint.h"
#include "scenarios/run/numerical_notes.h"

namespace lemmata::scenarios {

/// A run on its way into its result file: records, flushes and checkpoints, and goes on from one. What trains calls it
/// at every step; all systems share it.
/// Checked by: tests/scenarios/resume_test.py, run_test.py.
class RunFile {
 public:
  /// Held while it is made and until it is begun: team.files.
  /// @throws InputError, analysis::FileError before anything is written.
  RunFile(const Scenario& scenario, const std::filesystem::path& target, const analysis::ResultLayout& layout,
          const RunTeam& team, const StepTick& tick, const CheckpointPlan& plan);

  /// Where the run goes on; null: it starts afresh.
  const SchedulePlace* place() const { return checkpoint_.place(); }
  /// Makes the file. A run that goes on: sets `state` to what it is at place(), and writes the records until then.
  /// @param attributes  provenance.  @param initial  group `initial`.
  /// @throws analysis::FileError, before anything is written if the checkpoint or its records are damaged.
  void begin(const analysis::Attributes& attributes, const analysis::Dataset& initial, const StateVisit& state);

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
  void go_on();
  void look_at(long step, const Row& row);

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex& files_;
  const StepTick& tick_;
  const CheckpointPlan& plan_;
  Checkpoint checkpoint_;
  const std::filesystem::path target_;
  const analysis::ResultLayout layout_;
  std::optional<analysis::ResultWriter> writer_;  // once begun
  SchedulePlace here_;
  NumericalNotes notes_;
  RunOutcome outcome_;
};

}  // namespace lemmata::scenarios
