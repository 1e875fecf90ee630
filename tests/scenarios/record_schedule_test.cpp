#include "scenarios/run/record_schedule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <vector>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/seeds.h"

using namespace lemmata;
using scenarios::is_recorded;

namespace {

std::vector<long> recorded(long last, long every, long per_decade) {
  std::vector<long> list;
  for (long step = 0; step <= last; ++step) {
    if (is_recorded(step, step, every, per_decade)) list.push_back(step);
  }
  return list;
}

}  // namespace

TEST_CASE("three per decade: 0, 1, 2 (2.15), 5 (4.64), 10, 22 (21.5), 46 (46.4), 100") {
  CHECK(recorded(200, 0, 3) == std::vector<long>{0, 1, 2, 5, 10, 22, 46, 100});
  CHECK(recorded(2000, 0, 1) == std::vector<long>{0, 1, 10, 100, 1000});
}

TEST_CASE("every 5: multiples of the step, and a stage's first whatever its step") {
  CHECK(recorded(12, 5, 50) == std::vector<long>{0, 5, 10});
  CHECK(is_recorded(407, 0, 5, 50));
  CHECK_FALSE(is_recorded(407, 7, 5, 50));
  CHECK(is_recorded(405, 7, 5, 50));       // the step of the run counts, not that of the stage
  CHECK_FALSE(is_recorded(405, 6, 0, 1));  // log: that of the stage
  CHECK(is_recorded(404, 10, 0, 1));
}

TEST_CASE("log schedules up to 1e5 are exactly {round(10^(k/p))}, for p = 1 to 60") {
  for (long per_decade = 1; per_decade <= 60; ++per_decade) {
    std::set<long> wanted = {0};
    for (long k = 0; k <= 5 * per_decade; ++k)
      wanted.insert(std::lround(std::pow(10, static_cast<double>(k) / static_cast<double>(per_decade))));
    CHECK(recorded(100'000, 0, per_decade) == std::vector<long>(wanted.begin(), wanted.end()));
  }
}

TEST_CASE("the closing record is taken at step 7 of 'every 5' and of one per decade, an ordinary one is not") {
  const sim::Experiment experiment = scenarios::prepare_experiment(scenarios::load_scenario("mot/three_stage"));
  sim::Problem problem = scenarios::problem_of(experiment);
  sim::TrainingState state = sim::initial_state(experiment);
  state.step = state.stage_step = 7;
  for (const bool closing : {false, true}) {
    const sim::Snapshot snapshot{state, experiment.config.stages[0], closing, {}, {}, problem};
    CHECK(is_recorded(snapshot, 5, 50) == closing);
    CHECK(is_recorded(snapshot, 0, 1) == closing);
  }
}
