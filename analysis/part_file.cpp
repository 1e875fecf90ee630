#include "analysis/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "analysis/file_error.h"
#include "analysis/lock_file.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

std::string reason(int error) { return std::strerror(error); }

constexpr std::string_view hexadecimal = "0123456789abcdef",
                           csv_head = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_,";

// How everything begins that is written into one: HDF5 (zeros until it is flushed), JSON, HTML or XML, Markdown, CSV, a
// list of digests.
bool is_part(std::string_view beginning) {
  if (begins_alike(beginning, "\x89HDF\r\n") ||
      std::string_view("\0{<#", 4).find(beginning[0]) != std::string_view::npos)
    return true;
  const std::string_view line = beginning.substr(0, beginning.find('\n'));
  if (!line.empty() && line.substr(0, 64).find_first_not_of(hexadecimal) == std::string_view::npos) return true;
  return line.find(',') != std::string_view::npos && line.find_first_not_of(csv_head) == std::string_view::npos;
}

fs::path part_of(fs::path target) { return target += ".part"; }

}  // namespace

void require_writable_target(const fs::path& target) {
  std::error_code error;
  if (!target.has_filename()) throw FileError(target, "", "no file name", "the path of a file in an existing folder");
  const fs::path folder = folder_of(target);
  if (!fs::is_directory(folder, error))
    throw FileError(target, "", "no folder " + folder.string(), "the path of a file in an existing folder");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw FileError(target, "", "folder " + folder.string() + ": " + reason(errno), "a folder that can be written");
  if (fs::exists(target, error) && !fs::is_regular_file(target, error))
    throw FileError(target, "", fs::is_directory(target, error) ? "a directory" : "no regular file",
                    "a regular file, or none yet");
  require_own(part_of(target), is_part);
}

PartFile::PartFile(fs::path target) : target_(std::move(target)), part_(part_of(target_)) {
  require_writable_target(target_);
  descriptor_ = open_locked(part_, is_part);
}

PartFile::~PartFile() { release(); }

void PartFile::release() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void PartFile::commit() {
  if (descriptor_ < 0) throw std::logic_error("PartFile: commit after commit or discard");
  if (::fsync(descriptor_) != 0) throw FileError(part_, "", "fsync: " + reason(errno), "a disk that takes the data");
  if (::rename(part_.c_str(), target_.c_str()) != 0)
    throw FileError(target_, "", "rename: " + reason(errno), "a target that can be replaced");
  sync_folder(folder_of(target_));
  release();
}

void PartFile::discard() {
  if (descriptor_ >= 0) ::unlink(part_.c_str());
  release();
}

void write_text_atomically(const fs::path& target, std::string_view text) {
  PartFile file(target);
  const int descriptor = ::open(file.part().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  bool written = descriptor >= 0;
  while (written && !text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    written = count > 0;
    if (written) text.remove_prefix(static_cast<std::size_t>(count));
  }
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written) {
    file.discard();
    throw FileError(target, "", "write: " + reason(error), "a disk that takes the data");
  }
  file.commit();
}

}  // namespace lemmata::analysis
