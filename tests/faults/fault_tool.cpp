// Runs a program and lets one system call that touches a file fail, be short, or be its last: the faults that a disk,
// a full file system and a kill make, at a moment that can be chosen and visited again.
//
//   fault_tool MODE N PROGRAM ARGUMENTS...
//
// MODE  count   changes nothing
//       error   the N-th call returns EIO without being done (rename, open, unlink too)
//       full    from the N-th on every write and every open that creates returns ENOSPC
//       short   the N-th write is of half its bytes, and the calls after it are left alone
//       kill    SIGKILL when the N-th call is about to begin
// Calls that count: write, pwrite64, writev, pwritev, fsync, fdatasync, ftruncate on regular files; rename, unlink;
// openat that may write. Writes a line "calls K, hit NAME PATH" to the file descriptor 9 if that is open, and ends as
// the program did (128 + signal if by one). Linux on x86-64; exit 77 where processes cannot be traced.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

using Registers = user_regs_struct;

enum class Mode { count, error, full, truncated, kill };

struct Fault {
  Mode mode = Mode::count;
  long number = 0;
  long calls = 0;
  std::string hit = "nothing";
};

std::string text_at(pid_t thread, unsigned long address) {
  std::string text;
  for (unsigned long at = address; text.size() < 4096; at += sizeof(long)) {
    errno = 0;
    const long word = ptrace(PTRACE_PEEKDATA, thread, at, nullptr);
    if (errno != 0) break;
    std::array<char, sizeof(long)> bytes{};
    std::memcpy(bytes.data(), &word, sizeof word);
    const auto end = static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), '\0') - bytes.begin());
    text.append(bytes.data(), end);
    if (end < bytes.size()) break;
  }
  return text;
}

// A disk in memory is a disk.
bool is_on_a_disk(const std::string& path) {
  return path.starts_with("/dev/shm/") || (!path.starts_with("/dev/") && !path.starts_with("/proc/"));
}

// The regular file behind a descriptor; empty: it is none.
std::string file_of(pid_t thread, unsigned long descriptor) {
  const std::string link = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(descriptor);
  std::array<char, 4096> target{};
  const ssize_t length = readlink(link.c_str(), target.data(), target.size() - 1);
  const std::string path(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return path.starts_with("/") && is_on_a_disk(path) ? path : "";
}

bool is_write(unsigned long call) {
  return call == SYS_write || call == SYS_pwrite64 || call == SYS_writev || call == SYS_pwritev;
}

// What the call would do to which file; empty: it does not count.
std::string deed(pid_t thread, const Registers& registers) {
  const unsigned long call = registers.orig_rax;
  const auto of_descriptor = [&](const char* name) {
    const std::string file = file_of(thread, registers.rdi);
    return file.empty() ? file : name + (" " + file);
  };
  if (is_write(call)) return of_descriptor("write");
  if (call == SYS_fsync || call == SYS_fdatasync) return of_descriptor("fsync");
  if (call == SYS_ftruncate) return of_descriptor("ftruncate");
  if (call == SYS_rename) return "rename " + text_at(thread, registers.rdi);
  if (call == SYS_unlink) return "unlink " + text_at(thread, registers.rdi);
  if (call == SYS_openat && (registers.rdx & (O_WRONLY | O_RDWR | O_CREAT)) != 0) {
    const std::string path = text_at(thread, registers.rsi);
    if (is_on_a_disk(path)) return "open " + path;
  }
  return "";
}

// Looks at a call that is about to begin, and changes it or its outcome.
void at_entry(pid_t child, pid_t thread, Fault& fault) {
  Registers registers{};
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return;
  const std::string found = deed(thread, registers);
  if (found.empty()) return;
  const long number = ++fault.calls;
  const bool creates = registers.orig_rax == SYS_openat && (registers.rdx & O_CREAT) != 0;
  const bool fills = fault.mode == Mode::full && number >= fault.number && (is_write(registers.orig_rax) || creates);
  if (number != fault.number && !fills) return;
  if (fault.hit == "nothing") fault.hit = found;
  if (fault.mode == Mode::kill) kill(child, SIGKILL);
  if (fault.mode == Mode::truncated && is_write(registers.orig_rax) && registers.rdx > 1) {
    registers.rdx /= 2;
  } else if (fault.mode == Mode::error || fills) {
    registers.orig_rax = static_cast<unsigned long>(-1);  // no such call: nothing is done, and this is what it says
    registers.rax = static_cast<unsigned long>(-(fills ? ENOSPC : EIO));
  }
  ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
}

// Lets the kernel stop the calling thread, and all that come from it, at these calls only.
bool stop_at_calls() {
  constexpr std::array calls = {SYS_write,     SYS_pwrite64,  SYS_writev, SYS_pwritev, SYS_fsync,
                                SYS_fdatasync, SYS_ftruncate, SYS_rename, SYS_unlink,  SYS_openat};
  std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const long call : calls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(call), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int followed(pid_t child, Fault& fault) {
  for (;;) {
    int status = 0;
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) return 1;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (thread == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    const int signal = WSTOPSIG(status), event = status >> 16;
    const bool is_own = tgkill(child, thread, 0) == 0;  // calls of a process that the program forked do not count
    if (event == PTRACE_EVENT_SECCOMP && is_own) at_entry(child, thread, fault);
    const bool is_for_it = event == 0 && signal != SIGTRAP && signal != SIGSTOP;
    ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(is_for_it ? signal : 0));
  }
}

}  // namespace

int main(int count, char** words) {
  const std::map<std::string, Mode> modes = {{"count", Mode::count},
                                             {"error", Mode::error},
                                             {"full", Mode::full},
                                             {"short", Mode::truncated},
                                             {"kill", Mode::kill}};
  if (count < 4 || !modes.contains(words[1])) {
    std::fputs("usage: fault_tool count|error|full|short|kill N PROGRAM ARGUMENTS...\n", stderr);
    return 64;
  }
  Fault fault{modes.at(words[1]), std::atol(words[2])};
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(77);
    raise(SIGSTOP);
    if (!stop_at_calls()) _exit(77);
    execv(words[3], words + 3);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return 77;
  ptrace(PTRACE_SETOPTIONS, child, nullptr,
         PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL);
  ptrace(PTRACE_CONT, child, nullptr, nullptr);
  const int code = followed(child, fault);
  const std::string line = "calls " + std::to_string(fault.calls) + ", hit " + fault.hit + "\n";
  [[maybe_unused]] const ssize_t told = write(9, line.data(), line.size());
  return code;
}
