// Preloaded into a program: the FAIL_AT-th allocation after main has begun has no memory, with FAIL_ON=1 all later ones
// too. At the end the number of allocations is written to the file descriptor 9, if that is open. glibc only.
#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

using Main = int (*)(int, char**, char**);

std::atomic<long> allocations{0};
std::atomic<bool> has_begun{false};
Main program = nullptr;

int counted_main(int count, char** words, char** environment) {
  has_begun = true;
  const int code = program(count, words, environment);
  has_begun = false;  // libraries that end are not ours
  return code;
}

long number_of(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atol(text);
}

bool fails() {
  if (!has_begun) return false;
  static const long at = number_of("FAIL_AT"), on = number_of("FAIL_ON");
  const long number = ++allocations;
  const bool failing = at > 0 && (number == at || (on == 1 && number > at));
  if (failing) errno = ENOMEM;
  return failing;
}

struct Tell {
  ~Tell() {
    char text[32];
    char* end = text + sizeof text;
    char* at = end;
    *--at = '\n';
    for (long number = allocations; number > 0; number /= 10) *--at = static_cast<char>('0' + number % 10);
    [[maybe_unused]] const ssize_t told = write(9, at, static_cast<std::size_t>(end - at));
  }
} tell;

}  // namespace

extern "C" {

int __libc_start_main(Main main, int count, char** words, void (*begin)(), void (*end)(), void (*loader)(),
                      void* stack) {
  using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  program = main;
  return reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"))(counted_main, count, words, begin, end, loader,
                                                                        stack);
}

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) { return fails() ? nullptr : __libc_calloc(count, size); }
void* realloc(void* old, std::size_t size) { return fails() ? nullptr : __libc_realloc(old, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** where, std::size_t alignment, std::size_t size) {
  if (fails()) return ENOMEM;
  *where = __libc_memalign(alignment, size);
  return *where == nullptr ? ENOMEM : 0;
}
}
