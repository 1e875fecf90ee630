#include "analysis/lock_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>

#include "analysis/file_error.h"

namespace lemmata::analysis {
namespace {

std::string machine() {
  std::array<char, 256> name = {};
  const bool is_known = ::gethostname(name.data(), name.size() - 1) == 0;
  const std::string found = is_known ? name.data() : "";
  return found.empty() || found.find_first_of(" \t\n") != std::string::npos ? "unknown" : found;  // one word
}

// What a LockFile says; pid 0: it is none.
struct Holder {
  long pid = 0;
  std::string machine;
};

Holder holder_in(std::string_view text) {
  Holder holder;
  std::istringstream words{std::string(text)};
  std::string more;
  if (!(words >> holder.pid >> holder.machine) || holder.pid < 1 || words >> more) return {};
  return holder;
}

Holder holder_of(int descriptor) {
  std::array<char, 300> text;
  const ssize_t length = ::pread(descriptor, text.data(), text.size(), 0);
  return length > 0 ? holder_in({text.data(), static_cast<std::size_t>(length)}) : Holder();
}

bool is_alive_here(const Holder& holder) {
  return holder.pid > 0 && holder.pid != ::getpid() && holder.machine == machine() &&
         (::kill(static_cast<pid_t>(holder.pid), 0) == 0 || errno == EPERM);
}

[[noreturn]] void refuse_holder(const std::filesystem::path& file, int descriptor) {
  const Holder holder = holder_of(descriptor);
  ::close(descriptor);
  const std::string who = holder.pid > 0 ? "process " + std::to_string(holder.pid) + " on " + holder.machine
                                         : std::string("another process");
  throw FileError(file, "", who + " is writing it", "one writer at a time");
}

}  // namespace

bool is_lock(std::string_view beginning) { return holder_in(beginning).pid > 0; }

// An OFD lock is independent of the flock that the HDF5 library takes itself.
int open_locked(const std::filesystem::path& file, const IsOurs& is_ours) {
  for (;;) {
    const int descriptor = open_own(file, O_RDWR | O_CREAT, is_ours);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool is_locked = ::fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
    if (!is_locked && (errno == EAGAIN || errno == EACCES || is_alive_here(holder_of(descriptor))))
      refuse_holder(file, descriptor);
    // Between open and lock another process may have renamed or removed this very file: then look again.
    struct stat opened = {}, named = {};
    if (::fstat(descriptor, &opened) == 0 && ::lstat(file.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
        opened.st_dev == named.st_dev)
      return descriptor;
    ::close(descriptor);
  }
}

LockFile::LockFile(std::filesystem::path path) : path_(std::move(path)), descriptor_(open_locked(path_, is_lock)) {
  const std::string text = std::to_string(::getpid()) + " " + machine() + "\n";
  if (::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
    return;
  const std::string why = std::strerror(errno);
  ::unlink(path_.c_str());
  ::close(descriptor_);
  throw FileError(path_, "", "write: " + why, "a disk that takes the data");
}

LockFile::~LockFile() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace lemmata::analysis
