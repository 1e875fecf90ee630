#include "sim/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace lemmata::sim;

TEST_CASE("thread team: every number runs exactly once, by a thread of the team, for 0 to 1000 tasks") {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadTeam team(threads);
    CHECK(team.threads() == threads);
    for (const long count : {0L, 1L, 2L, 3L, 64L, 1000L}) {
      CAPTURE(threads);
      CAPTURE(count);
      std::vector<std::atomic<int>> times(static_cast<std::size_t>(count));
      std::atomic<bool> thread_in_range = true;
      team.run(count, [&](long number, int thread) {
        ++times[static_cast<std::size_t>(number)];
        if (thread < 0 || thread >= threads) thread_in_range = false;
      });
      for (const auto& t : times) CHECK(t.load() == 1);
      CHECK(thread_in_range.load());
    }
  }
}

TEST_CASE("thread team: run returns only when all tasks are done, over many short rounds") {
  ThreadTeam team(3);
  std::vector<long> place(5, 0);  // not atomic: only the end of a round orders the writes
  for (long round = 1; round <= 5000; ++round) {
    team.run(5, [&](long number, int) { place[static_cast<std::size_t>(number)] += number + 1; });
    REQUIRE(place[4] == 5 * round);
    REQUIRE(place[0] == round);
  }
}

TEST_CASE("thread team: no two tasks at once share a thread index, so workspaces per thread are safe") {
  ThreadTeam team(4);
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> shared = false;
  team.run(400, [&](long, int thread) {
    if (busy[static_cast<std::size_t>(thread)].fetch_add(1) != 0) shared = true;
    for (int i = 0; i < 200; ++i) busy[static_cast<std::size_t>(thread)].load();
    busy[static_cast<std::size_t>(thread)].fetch_sub(1);
  });
  CHECK_FALSE(shared.load());
}

TEST_CASE("thread team: an exception comes back to the caller, no more tasks are begun, and the team still works") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    ThreadTeam team(threads);
    std::atomic<int> done = 0;
    const auto task = [&](long number, int) {
      if (number == 3) throw std::runtime_error("task 3");
      if (number > 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++done;
    };
    CHECK_THROWS_WITH_AS(team.run(2'000, task), "task 3", std::runtime_error);
    CHECK(done.load() >= 3);
    CHECK(done.load() < (threads == 1 ? 4 : 1'000));
    done = 0;
    team.run(3, task);
    CHECK(done.load() == 3);
  }
}

TEST_CASE("thread team: fewer than one thread means one") {
  ThreadTeam team(0);
  CHECK(team.threads() == 1);
  int ran = 0;
  team.run(2, [&](long, int) { ++ran; });
  CHECK(ran == 2);
}
