// Preloaded into a program: allocations that have no memory, counted from where main begins. glibc only.
//   FAIL_AT=N     the N-th fails, with FAIL_ON=1 all later ones too.
//   FAIL_FORK=1   every one fails, each in a process of its own that is forked for it, until the program first creates
//                 a file: a forked process that comes as far is done with (exit 0).
// At the end "K allocations, F before the first file; forked: R refused (exit 2 and a message), U unharmed, W wrong,
// first at N status S" is written to the file descriptor 9, if that is open.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using Main = int (*)(int, char**, char**);

std::atomic<long> allocations{0};
std::atomic<bool> has_begun{false};
Main program = nullptr;
long before_first_file = -1;

struct Forked {
  long refused = 0, unharmed = 0, wrong = 0, first_wrong = 0;
  int first_status = 0;
} forked;
bool is_forked = false;

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

long number_of(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atol(text);
}

void tell() {
  char text[300];
  const int length = std::snprintf(
      text, sizeof text,
      "%ld allocations, %ld before the first file; forked: %ld refused, %ld unharmed, %ld wrong, first at "
      "%ld status %d\n",
      allocations.load(), before_first_file, forked.refused, forked.unharmed, forked.wrong, forked.first_wrong,
      forked.first_status);
  [[maybe_unused]] const ssize_t told = write(9, text, static_cast<std::size_t>(length));
}

int counted_main(int count, char** words, char** environment) {
  has_begun = true;
  const int code = program(count, words, environment);
  has_begun = false;  // libraries that end are not ours
  if (!is_forked) tell();
  return code;
}

/// Lets a process of its own have no memory here. @return whether this is that process.
bool fails_in_a_fork(long number) {
  int message[2] = {};
  if (pipe(message) != 0) _exit(3);
  const pid_t child = fork();
  if (child == 0) {
    is_forked = true;
    dup2(open("/dev/null", O_WRONLY), 1);
    dup2(message[1], 2);
    alarm(20);
    return true;
  }
  close(message[1]);
  constexpr char begins[] = "lemmata: ";
  char said[sizeof begins] = {};
  const bool spoke = read(message[0], said, sizeof begins - 1) > 0 && std::strcmp(said, begins) == 0;
  int status = 0;
  waitpid(child, &status, 0);
  close(message[0]);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 2 && spoke)
    ++forked.refused;
  else if (code == 0)
    ++forked.unharmed;
  else if (++forked.wrong == 1)
    forked.first_wrong = number, forked.first_status = status;
  return false;
}

bool fails() {
  if (!has_begun) return false;
  static const long at = number_of("FAIL_AT"), on = number_of("FAIL_ON"), forks = number_of("FAIL_FORK");
  static std::atomic<bool> failed{false};
  const long number = ++allocations;
  bool failing = failed && on == 1;
  if (forks == 1 && !is_forked && before_first_file < 0)
    failing = fails_in_a_fork(number);
  else if (at > 0 && number == at)
    failing = true;
  if (failing) failed = true, errno = ENOMEM;
  return failing;
}

}  // namespace

extern "C" {

int __libc_start_main(Main main, int count, char** words, void (*begin)(), void (*end)(), void (*loader)(),
                      void* stack) {
  using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  program = main;
  return next<Start>("__libc_start_main")(counted_main, count, words, begin, end, loader, stack);
}

int open(const char* path, int flags, ...) {
  using Open = int (*)(const char*, int, ...);
  static const auto real = next<Open>("open");
  if ((flags & O_CREAT) == 0) return real(path, flags);
  if (is_forked) _exit(0);
  if (before_first_file < 0) before_first_file = allocations;
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return real(path, flags, mode);
}

// The program's own malloc (scenarios/cli/no_memory.cpp) asks these.
void* __libc_malloc(std::size_t size) {
  static const auto real = next<void* (*)(std::size_t)>("__libc_malloc");
  return fails() ? nullptr : real(size);
}
void* __libc_calloc(std::size_t count, std::size_t size) {
  static const auto real = next<void* (*)(std::size_t, std::size_t)>("__libc_calloc");
  return fails() ? nullptr : real(count, size);
}
void* __libc_realloc(void* old, std::size_t size) {
  static const auto real = next<void* (*)(void*, std::size_t)>("__libc_realloc");
  return fails() ? nullptr : real(old, size);
}
}
