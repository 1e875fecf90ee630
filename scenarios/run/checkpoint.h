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

/// What must be the same for the same bits: settings, seed, what is recorded, and the program's version, commit,
/// compiler, flags and SIMD level.
analysis::Attributes identity_of(const Scenario& scenario);

/// An attribute's value, or "nothing".
std::string in_words(const analysis::Attributes& attributes, const std::string& name);

/// SHA-256 of a checkpoint: where it lies in its run and all arrays, names, shapes and bits.
std::string digest_of(const analysis::Dataset& checkpoint);

/// Whether a run could write its files: x.h5, x.jsonl, x.metrics.json, x.checkpoint, x.journal. Writes nothing.
/// @throws analysis::FileError  there is something of this name that the run must not write over.
void require_run_files(const std::filesystem::path& result);

/// Where a run goes on, and from what.
struct StoredCheckpoint {
  SchedulePlace place;
  std::string differences;     ///< of settings and build from those of the checkpoint; empty unless `anyway` was asked
  analysis::JournalMark kept;  ///< the records before it
  analysis::Dataset state;
};

/// Reads x.checkpoint beside the result file x.h5 and verifies all but the records before it. Writes nothing.
/// @param anyway  whether settings and build may differ.
/// @return none where there is none.  @throws analysis::FileError: it is of something else or damaged.
/// Checked by: tests/scenarios/resume_refusal_test.py.
std::optional<StoredCheckpoint> stored_checkpoint(const Scenario& scenario, const std::filesystem::path& result,
                                                  bool anyway);

/// Removes x.journal of a run whose result is there and whose checkpoint is not, if it is one and can be removed:
/// nothing is lost with it.
void remove_records(const std::filesystem::path& result);

/// What a run can go on from, beside its result file x.h5: x.checkpoint, the state at the start of a step, and
/// x.journal, the records until then. A checkpoint is replaced as a whole and only when its records are on the disk, so
/// that a kill at any moment leaves the last one usable. It carries the SHA-256 of all that it holds, and the checksum
/// of the records, so that no damage is gone on from. A run that ends by itself removes both.
///
/// Going on gives the very bits of a run that was not interrupted if settings, version, commit, compiler, flags and
/// SIMD level are those of the checkpoint; else it is refused, unless `anyway` asks for it. Checked by:
/// tests/scenarios/resume_test.py.
class Checkpoint {
 public:
  /// @param layout  of the result file: the records' variables.
  /// @throws analysis::FileError, InputError: resume is asked for, and what is there is of something else or damaged.
  Checkpoint(const Scenario& scenario, const std::filesystem::path& result, const analysis::ResultLayout& layout,
             const CheckpointPlan& plan);

  /// Where the run goes on; null: it starts afresh.
  const SchedulePlace* place() const { return stored_ ? &stored_->place : nullptr; }
  /// How settings and build differ from those of the checkpoint that it goes on from; empty: not at all, or from none.
  std::string differences() const { return stored_ ? stored_->differences : ""; }
  /// Sets what `state` names to where the run goes on. @throws analysis::FileError.
  void restore(const StateVisit& state) const;
  /// Opens the journal of the run that goes on. @throws analysis::FileError if it is not the checkpoint's, or damaged.
  void open_journal();
  /// Calls `use` for each record before that.
  void replay(const std::function<void(long step, const Row& row)>& use);

  /// For a run that starts afresh: drops a checkpoint that is there, and starts a new journal.
  void begin();
  void record(long step, const Row& row);
  bool is_due() const;
  void write(const SchedulePlace& place, const StateVisit& state);
  void remove();  ///< once the result is there

 private:
  const Scenario& scenario_;
  std::filesystem::path file_, journal_file_;
  std::vector<std::pair<std::string, std::size_t>> variables_;  // and their numbers per record
  std::size_t numbers_ = 0;
  double every_seconds_;
  std::optional<StoredCheckpoint> stored_;
  std::unique_ptr<analysis::RecordJournal> journal_;
  std::vector<double> row_;
  std::chrono::steady_clock::time_point written_;
};

}  // namespace lemmata::scenarios
