#include "scenarios/cli/no_memory.h"

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>

namespace lemmata::scenarios {

void refuse_without_memory() {
  constexpr std::string_view message =
      "lemmata: not enough memory; lemmata describe SCENARIO estimates what a scenario needs\n";
  [[maybe_unused]] const ssize_t told = ::write(STDERR_FILENO, message.data(), message.size());
  ::_exit(2);
}

namespace {

// Before the constants of other files are made, which allocate too.
struct FromTheStart {
  FromTheStart() { std::set_new_handler(refuse_without_memory); }
};
[[gnu::init_priority(101)]] const FromTheStart from_the_start;

}  // namespace

}  // namespace lemmata::scenarios

// Sanitizers have an allocator of their own.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);

static void* there(void* memory, bool is_wanted) {
  if (memory == nullptr && is_wanted && std::get_new_handler() != nullptr) std::get_new_handler()();
  return memory;
}

// In place of the C library's, for all libraries of the program; its free takes back what these give.
void* malloc(std::size_t size) { return there(__libc_malloc(size), size > 0); }
void* calloc(std::size_t count, std::size_t size) { return there(__libc_calloc(count, size), count > 0 && size > 0); }
void* realloc(void* old, std::size_t size) { return there(__libc_realloc(old, size), size > 0); }
}
#endif
