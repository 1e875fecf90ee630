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

fs::path part_of(fs::path target) { return target += ".part"; }

}  // namespace

void require_writable_target(const fs::path& target, const IsOurs& is_ours) {
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
  require_own(part_of(target), is_ours, O_RDWR);
}

PartFile::PartFile(fs::path target, const IsOurs& is_ours) : target_(std::move(target)), part_(part_of(target_)) {
  require_writable_target(target_, is_ours);
  descriptor_ = open_locked(part_, is_ours);
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

void write_text_atomically(const fs::path& target, const IsOurs& is_ours, std::string_view text) {
  PartFile file(target, is_ours);
  const int descriptor = ::open(file.part().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  const bool written = descriptor >= 0 && write_all(descriptor, text);
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written) {
    file.discard();
    throw FileError(target, "", "write: " + reason(error), "a disk that takes the data");
  }
  file.commit();
}

}  // namespace lemmata::analysis
