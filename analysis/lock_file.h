#pragma once
#include <filesystem>

#include "analysis/own_file.h"

namespace lemmata::analysis {

/// Opens a file, created if need be, and takes its write lock, which ends with the descriptor or the process.
/// @return its descriptor, the caller's to close; the file has its name while the lock is held.
/// @throws FileError  it cannot be opened, it is none of ours, or another process holds the lock: the message has that
/// process's number if the file is a LockFile.
int open_locked(const std::filesystem::path& file, const IsOurs& is_ours);

/// Whether a file may be a LockFile, by its beginning.
bool is_lock(std::string_view beginning);

/// A file that says which process writes the files beside it: its number and its machine, one line. It goes with the
/// object; one that a killed process left is taken over, a file of something else refused. On file systems that have no
/// locks a process of this machine that is alive counts as holding it.
/// Checked by: tests/analysis/lock_file_test.cpp, tests/scenarios/concurrent_test.py.
class LockFile {
 public:
  /// @throws FileError  it cannot be written, or another process holds it.
  explicit LockFile(std::filesystem::path path);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace lemmata::analysis
