#include <doctest/doctest.h>

#include <algorithm>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/run/recorder.h"

using namespace lemmata::scenarios;

namespace {

struct SeedResult {
  bool pure = true;              // purity 1 for every class at every record from step 150 to the end
  double after_stage_two = 1;    // prediction loss at step 800
  std::string stop_reason;
};

SeedResult run_seed(const Scenario& scenario, std::uint64_t seed) {
  const RunResult run = run_in_memory(prepare_experiment(with_seed(scenario, seed)), {50, 1, {"routing"}});
  SeedResult result;
  result.stop_reason = run.training.stop_reason;
  for (std::size_t i = 0; i < run.trajectory.steps.size(); ++i) {
    const Row& row = run.trajectory.rows[i];
    if (run.trajectory.steps[i] == 800) result.after_stage_two = row.at("prediction_loss")[0];
    if (run.trajectory.steps[i] < 150) continue;
    for (const double purity : row.at("purity"))
      result.pure = result.pure && purity > 1 - 1e-12;  // 1 up to the rounding of a mean
  }
  return result;
}

}  // namespace

TEST_CASE(
    "mot/three_stage, seeds 0-19: class-pure from step 150 to the end in at least 17, these below 1e-9 after stage "
    "II") {
  const Scenario scenario = load_scenario("mot/three_stage");
  lemmata::sim::ThreadTeam team(2);
  std::vector<SeedResult> results(20);
  team.run(20, [&](long seed, int) {
    results[static_cast<std::size_t>(seed)] = run_seed(scenario, static_cast<std::uint64_t>(seed));
  });
  long pure = 0;
  double largest = 0;
  for (const SeedResult& result : results) {
    CHECK(result.stop_reason == "completed");
    if (!result.pure) continue;
    ++pure;
    largest = std::max(largest, result.after_stage_two);
  }
  MESSAGE(pure << " of 20 seeds pure; largest prediction loss of these after stage II: " << largest);
  CHECK(pure >= 17);
  CHECK(largest < 1e-9);
  CHECK(largest > 0);
}
