#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "scenarios/watch/watched_run.h"

namespace lemmata::scenarios {

/// Everything that is watched at one moment.
struct WatchSnapshot {
  std::filesystem::path path;
  bool is_folder = false;
  std::vector<RunSnapshot> runs;  ///< of a folder the newest first; a run once shown keeps its place
  long not_shown = 0;             ///< further x.jsonl of the folder
  double time = 0;                ///< s since 1970
};

/// Follows one x.jsonl, or the newest x.jsonl of a folder. Of a folder only those shown are read. A run is shown as
/// long as it is among the newest, or was written in the minute before the newest and has not ended: runs side by side
/// do not push one another out. Checked by: tests/scenarios/watched_run_test.cpp.
class WatchedFolder {
 public:
  /// @param most  runs shown at most.
  /// @throws InputError unless `path` is a folder, or a name that ends in .jsonl in one; the file itself may come
  /// later.
  WatchedFolder(const std::filesystem::path& path, WatchPlan plan, std::size_t most);

  /// Reads what is new. @return whether there is more to read at once.
  bool refresh(double now);
  WatchSnapshot snapshot(double now) const;

 private:
  void choose_runs();
  std::filesystem::path path_;
  WatchPlan plan_;
  std::size_t most_;
  bool is_folder_ = false;
  std::vector<std::unique_ptr<WatchedRun>> runs_;
  long not_shown_ = 0;
};

/// Now, in s since 1970.
double seconds_since_1970();

}  // namespace lemmata::scenarios
