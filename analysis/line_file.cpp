#include "analysis/line_file.h"

#include <cerrno>
#include <cstring>

#include "analysis/file_error.h"
#include "analysis/part_file.h"

namespace lemmata::analysis {

LineFile::LineFile(const std::filesystem::path& path, Mode mode) : path_(path), file_(nullptr, &std::fclose) {
  require_writable_target(path);
  file_.reset(std::fopen(path.c_str(), mode == Mode::append ? "a" : "w"));
  if (file_ == nullptr) throw FileError(path, "", std::strerror(errno), "a file that can be written");
}

void LineFile::append(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const bool written =
      std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() && std::fputc('\n', file_.get()) != EOF;
  if (!written || std::fflush(file_.get()) != 0) throw FileError(path_, "", std::strerror(errno), "a disk with room");
}

}  // namespace lemmata::analysis
