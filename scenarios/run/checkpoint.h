#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "analysis/record_journal.h"
#include "scenarios/run/result_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {

/// What a run can go on from, beside its result file x.h5: x.checkpoint, the state at the start of a step, and
/// x.journal, the records until then. A checkpoint is replaced as a whole and only when its records are on the disk, so
/// that a kill at any moment leaves the last one usable. A run that ends by itself removes both.
///
/// Going on gives the very bits of a run that was not interrupted, so settings, version, commit, compiler, flags and
/// SIMD level must be those of the checkpoint.
/// Checked by: tests/scenarios/resume_test.py.
class Checkpoint {
 public:
  /// @param layout  of the result file: the records' variables.
  /// @throws analysis::FileError, InputError: resume is asked for, and what is there is of something else or damaged.
  Checkpoint(const Scenario& scenario, const std::filesystem::path& result, const analysis::ResultLayout& layout,
             const CheckpointPlan& plan);

  /// Where the run goes on; none: it starts afresh.
  const std::optional<SchedulePlace>& place() const { return place_; }
  /// Sets the simulation, whose stage has begun, to the state it goes on from. @throws analysis::FileError.
  void restore(Simulation& simulation) const;
  /// Calls `use` for each record before that.
  void replay(const std::function<void(long step, const Row& row)>& use);

  /// Starts a new journal if the run starts afresh, and drops a checkpoint that it does not go on from.
  void begin();
  void record(long step, const Row& row);
  bool is_due() const;
  void write(const SchedulePlace& place, Simulation& simulation);
  void remove();  ///< once the result is there

 private:
  void read();

  const Scenario& scenario_;
  std::filesystem::path file_, journal_file_;
  std::vector<std::pair<std::string, std::size_t>> variables_;  // and their numbers per record
  std::size_t numbers_ = 0;
  double every_seconds_;
  std::optional<SchedulePlace> place_;
  std::uint64_t kept_ = 0;
  analysis::Dataset state_;
  std::unique_ptr<analysis::RecordJournal> journal_;
  std::vector<double> row_;
  std::chrono::steady_clock::time_point written_;
};

}  // namespace lemmata::scenarios
