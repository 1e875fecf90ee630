#pragma once
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string_view>

namespace lemmata::analysis {

/// A text file that grows line by line while work goes on, for readers that follow it. Each line is there once append
/// returns; safe to append to from several threads. Checked by: tests/analysis/line_file_test.cpp.
class LineFile {
 public:
  enum class Mode { anew, append };
  /// Starts the file anew, which must be such a live curve if there is one, or goes on after what it holds; then what
  /// is appended is on the disk after a second at most.
  /// @throws FileError if it cannot be written; what is there then stays.
  explicit LineFile(const std::filesystem::path& path, Mode mode = Mode::anew);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  /// @param line  without the newline.  @throws FileError if the disk refuses: then, and ever after, for what would
  /// follow a line that is not there has no place.
  void append(std::string_view line);

 private:
  std::filesystem::path path_;
  Mode mode_;
  std::mutex mutex_;
  int descriptor_;
  int failure_ = 0;  // errno of the line that is not there
  std::chrono::steady_clock::time_point synced_;
};

/// Whether a file begins as the lines do that start anew: a record's `step`, or the fields of a seed's end.
bool is_live_curve(std::string_view beginning);

}  // namespace lemmata::analysis
