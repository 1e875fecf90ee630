#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "analysis/file_kind.h"
#include "analysis/own_file.h"

namespace lemmata::analysis {

/// A file being written as `target`.part, which becomes `target` in one rename when it is complete.
///
/// A reader of `target` therefore sees the old file or the whole new one, never a part of one; a crash leaves the
/// .part. The object holds a lock on the .part, so that two processes cannot write the same target at once. Checked by:
/// tests/analysis/part_file_test.cpp.
class PartFile {
 public:
  /// Creates (or takes over from a crashed run) the .part; its content is the caller's to replace.
  /// @param is_ours  of what kind the file will be: a .part of another is not taken over.
  /// @throws FileError  the folder is missing or cannot be written, the target exists and is no regular file, the .part
  ///                    is of something else, or another process is writing it. Nothing is changed in that case.
  PartFile(std::filesystem::path target, const IsOurs& is_ours);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();   ///< without commit() or discard(): the .part stays

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& part() const { return part_; }

  /// fsync of the .part, rename to the target, fsync of the folder. The writer has closed the file before.
  void commit();
  /// Removes the .part.
  void discard();

 private:
  void release();
  std::filesystem::path target_, part_;
  int descriptor_ = -1;
};

/// Writes a small text file so that readers see the old content or the new one.
/// @throws FileError as PartFile, or when the disk refuses (the .part is then removed).
void write_text_atomically(const std::filesystem::path& target, const IsOurs& is_ours, std::string_view text);

/// Checks that a file of this name could be written: its folder exists and is writable, it is not a directory or a
/// device, and neither is its .part, which is of that kind.
/// @throws FileError otherwise. Writes nothing.
void require_writable_target(const std::filesystem::path& target, const IsOurs& is_ours);

}  // namespace lemmata::analysis
