#include "analysis/child_process.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <vector>

#include "tests/analysis/scratch.h"

using lemmata::analysis::child_death;

TEST_CASE("a child that returns or throws has survived; one that dies says how") {
  constexpr std::size_t room = 1 << 28;
  CHECK(child_death([] {}, 10, room) == "");
  CHECK(child_death([] { throw std::runtime_error("answer"); }, 10, room) == "");
  CHECK(has(child_death([] { ::raise(SIGSEGV); }, 10, room), "signal 11"));
  CHECK(has(child_death([] { std::abort(); }, 10, room), "signal 6"));
  CHECK(child_death([] { std::_Exit(3); }, 10, room) == "exit status 3");
}

TEST_CASE("a child that never ends is stopped after its processor time") {
  CHECK(has(child_death([] { for (;;) ::getpid(); }, 1, 1 << 28), "killed by signal"));
}

TEST_CASE("what a child does to memory is not seen by the parent") {
  std::vector<int> values{1, 2, 3};
  CHECK(child_death([&] { values.clear(); }, 10, 1 << 28) == "");
  CHECK(values.size() == 3);
}

#ifndef __SANITIZE_ADDRESS__
TEST_CASE("a child gets no more memory than allowed") {
  // bad_alloc counts as an answer, so the child must tell by its exit status that it met one.
  const auto greedy = [] {
    try {
      const std::vector<char> block(std::size_t{1} << 30, 'x');
      std::_Exit(block[7] == 'x' ? 4 : 5);
    } catch (const std::bad_alloc&) {
      std::_Exit(6);
    }
  };
  CHECK(child_death(greedy, 10, std::size_t{1} << 28) == "exit status 6");
  CHECK(child_death(greedy, 10, std::size_t{1} << 31) == "exit status 4");
}
#endif
