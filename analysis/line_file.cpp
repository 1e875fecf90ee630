#include "analysis/line_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "analysis/file_error.h"
#include "analysis/file_kind.h"
#include "analysis/own_file.h"

namespace lemmata::analysis {

bool is_live_curve(std::string_view beginning) {
  return begins_alike(beginning, "{\"step\":") || begins_alike(beginning, "{\"seed\":");
}

LineFile::LineFile(const std::filesystem::path& path, Mode mode) : path_(path), file_(nullptr, &std::fclose) {
  const bool is_new = mode == Mode::anew;
  const int descriptor = open_own(path, O_RDWR | O_CREAT | (is_new ? 0 : O_APPEND), is_new ? is_live_curve : is_json);
  if (!is_new || ::ftruncate(descriptor, 0) == 0) file_.reset(::fdopen(descriptor, is_new ? "w" : "a"));
  if (file_ != nullptr) return;
  const std::string why = std::strerror(errno);
  ::close(descriptor);
  throw FileError(path, "", why, "a file that can be written");
}

void LineFile::append(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const bool written =
      std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() && std::fputc('\n', file_.get()) != EOF;
  if (!written || std::fflush(file_.get()) != 0) throw FileError(path_, "", std::strerror(errno), "a disk with room");
}

}  // namespace lemmata::analysis
