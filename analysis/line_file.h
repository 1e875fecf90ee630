#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

namespace lemmata::analysis {

/// A text file that grows line by line while work goes on, for readers that follow it. Each line is flushed; safe to
/// append to from several threads. Checked by: tests/analysis/line_file_test.cpp.
class LineFile {
 public:
  enum class Mode { anew, append };
  /// Starts the file anew, which must be such a live curve if there is one, or goes on after what it holds.
  /// @throws FileError if it cannot be written; what is there then stays.
  explicit LineFile(const std::filesystem::path& path, Mode mode = Mode::anew);
  void append(std::string_view line);   ///< without the newline. @throws FileError if the disk refuses.

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

/// Whether a file begins as the lines do that start anew: a record's `step`, or the fields of a seed's end.
bool is_live_curve(std::string_view beginning);

}  // namespace lemmata::analysis
