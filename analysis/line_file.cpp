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

LineFile::LineFile(const std::filesystem::path& path, Mode mode)
    : path_(path),
      mode_(mode),
      descriptor_(open_own(path, O_RDWR | O_CREAT | O_APPEND, mode == Mode::anew ? IsOurs(is_live_curve) : is_json)),
      synced_(std::chrono::steady_clock::now()) {
  if (mode == Mode::append || ::ftruncate(descriptor_, 0) == 0) return;
  const std::string why = std::strerror(errno);
  ::close(descriptor_);
  throw FileError(path, "", why, "a file that can be written");
}

LineFile::~LineFile() {
  if (mode_ == Mode::append) ::fdatasync(descriptor_);
  ::close(descriptor_);
}

void LineFile::append(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  if (failure_ == 0 && !write_all(descriptor_, std::string(line) + "\n")) {
    failure_ = errno;
    [[maybe_unused]] const int cut = ::ftruncate(descriptor_, before);  // else a reader finds a line that is cut short
  }
  const auto now = std::chrono::steady_clock::now();
  if (failure_ == 0 && mode_ == Mode::append && now - synced_ >= std::chrono::seconds(1)) {
    if (::fdatasync(descriptor_) != 0) failure_ = errno;
    synced_ = now;
  }
  if (failure_ != 0) throw FileError(path_, "", std::strerror(failure_), "a disk with room");
}

}  // namespace lemmata::analysis
