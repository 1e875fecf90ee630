#include "analysis/child_process.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <vector>

#include "tests/analysis/scratch.h"

using lemmata::analysis::child_death;

TEST_CASE("a child that returns or throws has survived, one that dies says how") {
  constexpr std::size_t room = 1 << 28;
  CHECK(child_death([] {}, {10, 60, room}) == "");
  CHECK(child_death([] { throw std::runtime_error("answer"); }, {10, 60, room}) == "");
  CHECK(has(child_death([] { ::raise(SIGSEGV); }, {10, 60, room}), "signal 11"));
  CHECK(has(child_death([] { std::abort(); }, {10, 60, room}), "signal 6"));
  CHECK(child_death([] { std::_Exit(3); }, {10, 60, room}) == "exit status 3");
}

TEST_CASE("a child that never ends is stopped after its processor time") {
  CHECK(child_death(
            [] {
              for (;;) ::getpid();
            },
            {1, 60, 1 << 28}) == "stopped after 1 s of processor time");
}

TEST_CASE("a child that waits for ever is stopped by the clock, whatever the parent does with the signal") {
  std::signal(SIGALRM, SIG_IGN);
  CHECK(child_death(
            [] {
              for (;;) ::pause();
            },
            {10, 1, 1 << 28}) == "stopped after 1 s");
  std::signal(SIGALRM, SIG_DFL);
}

TEST_CASE("what a child does to memory is not seen by the parent") {
  std::vector<int> values{1, 2, 3};
  CHECK(child_death([&] { values.clear(); }, {10, 60, 1 << 28}) == "");
  CHECK(values.size() == 3);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
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
  CHECK(child_death(greedy, {10, 60, std::size_t{1} << 28}) == "exit status 6");
  CHECK(child_death(greedy, {10, 60, std::size_t{1} << 31}) == "exit status 4");
}
#endif
