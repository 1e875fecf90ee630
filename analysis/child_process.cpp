#include "analysis/child_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <new>
#include <system_error>

namespace lemmata::analysis {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;  // it maps terabytes of address space
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

void limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit both = {soft, hard};
  ::setrlimit(resource, &both);
}

std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

[[noreturn]] void run_child(const std::function<void()>& work, const ChildLimits& limits, std::size_t mapped) {
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1);
  if (!sanitized) limit(RLIMIT_AS, mapped + limits.memory, mapped + limits.memory);
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGXCPU, SIGALRM})
    std::signal(signal, SIG_DFL);
  std::set_new_handler(nullptr);  // what ends the parent for want of memory is an exception here
  std::signal(SIGINT, SIG_IGN);   // an interrupted terminal is the parent's affair, not a verdict on the file
  ::alarm(limits.clock_seconds);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) {
    ::dup2(nowhere, 1);
    ::dup2(nowhere, 2);
  }
  try {
    work();
  } catch (...) {  // an answer of the library, not a crash; the parent will meet it again and report it
  }
  ::_exit(0);
}

// A machine that is full of processes for a moment is waited for.
pid_t forked() {
  for (int attempt = 0;; ++attempt) {
    const pid_t child = ::fork();
    if (child >= 0) return child;
    if (errno != EAGAIN || attempt == 10)
      throw std::system_error(errno, std::generic_category(), "no child process to try a file in");
    ::usleep(50'000);
  }
}

}  // namespace

std::string child_death(const std::function<void()>& work, const ChildLimits& limits) {
  const std::size_t mapped = mapped_bytes();
  const pid_t child = forked();
  if (child == 0) run_child(work, limits, mapped);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return std::string("lost the child process: ") + std::strerror(errno);
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) return "stopped after " + std::to_string(limits.cpu_seconds) + " s of processor time";
    if (signal == SIGALRM) return "stopped after " + std::to_string(limits.clock_seconds) + " s";
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  if (WEXITSTATUS(status) != 0) return "exit status " + std::to_string(WEXITSTATUS(status));
  return {};
}

}  // namespace lemmata::analysis
