#include "analysis/child_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

namespace lemmata::analysis {
namespace {

void limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both = {value, value};
  ::setrlimit(resource, &both);
}

#ifndef __SANITIZE_ADDRESS__
std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}
#endif

[[noreturn]] void run_child(const std::function<void()>& work, unsigned cpu_seconds,
                            [[maybe_unused]] std::size_t memory) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, cpu_seconds);
#ifndef __SANITIZE_ADDRESS__   // the sanitizer maps terabytes of address space
  limit(RLIMIT_AS, mapped_bytes() + memory);
#endif
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM}) std::signal(signal, SIG_DFL);
  std::signal(SIGINT, SIG_IGN);   // an interrupted terminal is the parent's affair, not a verdict on the file
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) {
    ::dup2(nowhere, 1);
    ::dup2(nowhere, 2);
  }
  try {
    work();
  } catch (...) {   // an answer of the library, not a crash; the parent will meet it again and report it
  }
  ::_exit(0);
}

}  // namespace

std::string child_death(const std::function<void()>& work, unsigned cpu_seconds, std::size_t memory) {
  const pid_t child = ::fork();
  if (child < 0) return std::string("no child process: ") + std::strerror(errno);
  if (child == 0) run_child(work, cpu_seconds, memory);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return std::string("lost the child process: ") + std::strerror(errno);
  if (WIFSIGNALED(status))
    return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
  if (WEXITSTATUS(status) != 0) return "exit status " + std::to_string(WEXITSTATUS(status));
  return {};
}

}  // namespace lemmata::analysis
