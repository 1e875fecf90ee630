#include "analysis/own_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "analysis/file_error.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

constexpr const char* allowed = "none yet, or a regular file that lemmata left there";

[[noreturn]] void refuse(const fs::path& file, const std::string& found) { throw FileError(file, "", found, allowed); }

void require_ours(const fs::path& file, int descriptor, const IsOurs& is_ours) {
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) refuse(file, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) refuse(file, "a directory");
  if (!S_ISREG(status.st_mode)) refuse(file, "no regular file");
  std::array<char, 300> beginning;
  const ssize_t length = ::pread(descriptor, beginning.data(), beginning.size(), 0);
  if (length < 0) refuse(file, std::strerror(errno));
  if (length > 0 && !is_ours({beginning.data(), static_cast<std::size_t>(length)}))
    refuse(file, "a file of something else");
}

}  // namespace

bool begins_alike(std::string_view beginning, std::string_view first) {
  const std::size_t length = std::min(beginning.size(), first.size());
  return beginning.substr(0, length) == first.substr(0, length);
}

// O_NONBLOCK: a pipe that nobody writes is refused, not waited for. It means nothing for regular files.
int open_own(const fs::path& file, int flags, const IsOurs& is_ours) {
  const int descriptor = ::open(file.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    if (errno == ELOOP) refuse(file, "a symbolic link");
    if (errno == EISDIR) refuse(file, "a directory");
    throw FileError(
        file, "", std::strerror(errno),
        (flags & O_ACCMODE) == O_RDONLY ? "a file that can be read" : "a file that can be read and written");
  }
  try {
    require_ours(file, descriptor, is_ours);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  return descriptor;
}

void require_own(const fs::path& file, const IsOurs& is_ours, int access) {
  struct stat status = {};
  if (::lstat(file.c_str(), &status) == 0) ::close(open_own(file, access, is_ours));
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;  // a folder that may be written but not listed: the change stands, its durability is the system's
  const bool is_refused = ::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP;
  const int error = errno;
  ::close(descriptor);
  if (is_refused)
    throw FileError(folder, "", std::string("fsync: ") + std::strerror(error), "a disk that takes the data");
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void remove_durably(const fs::path& file) {
  if (::unlink(file.c_str()) == 0) return sync_folder(folder_of(file));
  if (errno != ENOENT)
    throw FileError(file, "", std::string("unlink: ") + std::strerror(errno), "a file that can be removed");
}

}  // namespace lemmata::analysis
