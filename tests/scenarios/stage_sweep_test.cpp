#include "scenarios/measure/stage_sweep.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/schedule_outcome.h"
#include "scenarios/measure/trained_floor.h"
#include "tests/close.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("sweeps: the shortest of the best lengths, none where nothing is reached, and none beside a NaN") {
  CHECK(best_length({{0, 10, 30}, {9, 4, 5}}, 8) == 10);
  CHECK(best_length({{5, 7}, {2, 2}}, 8) == 5);
  CHECK(best_length({{5, 7}, {8, 9}}, 8) == 5);
  CHECK(std::isnan(best_length({{5, 7}, {9, 9}}, 8)));
  CHECK(std::isnan(best_length({{5, 7}, {nan, 2}}, 8)));
  CHECK(std::isnan(best_length({}, 8)));
}

TEST_CASE("sweeps: of 8, 4, 3 at 0, 10, 30: 6 lies at 5, 3.5 at 20, 8 at 0, and 2 nowhere") {
  const StageSweep sweep{{0, 10, 30}, {8, 4, 3}};
  CHECK(length_reaching(sweep, 6) == 5);
  CHECK(length_reaching(sweep, 3.5) == 20);
  CHECK(length_reaching(sweep, 8) == 0);
  CHECK(std::isnan(length_reaching(sweep, 2)));
  CHECK(std::isnan(length_reaching({{0, 1}, {nan, 1}}, 2)));
  CHECK(std::isnan(length_reaching({}, 2)));
}

TEST_CASE(
    "doublings: seven seeds at 2 are 2 and not 0, spread over 1.5 to 2.5 they are neither 2 +- 0.4 nor against it") {
  const Doublings exact(std::vector<double>(7, 2.0));
  CHECK(exact.verdict(2, 0.5) == Verdict::supported);
  CHECK(exact.verdict(0, 1) == Verdict::refuted);
  CHECK(exact.quantity("", 2, 0.5, "").holds());
  CHECK_FALSE(exact.quantity("", 0, 1, "").holds());
  const Doublings spread({1.5, 1.6, 1.8, 2, 2.2, 2.4, 2.5});  // 97.5 %: from the least to the largest
  CHECK(spread.median.lower == 1.5);
  CHECK(spread.median.upper == 2.5);
  CHECK(spread.verdict(2, 0.4) == Verdict::inconclusive);
  CHECK_FALSE(spread.quantity("", 2, 0.4, "").holds());
  CHECK(spread.verdict(2, 0.5) == Verdict::supported);
  CHECK(spread.verdict(4, 1) == Verdict::refuted);
}

TEST_CASE("doublings: with six seeds, or one, or NaN for the seventh, nothing is decided") {
  for (const std::vector<double>& few : {std::vector<double>{}, {2}, {2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2, nan}}) {
    const Doublings found(few);
    CHECK(found.median.upper == infinity);
    CHECK(found.verdict(2, 0.5) == Verdict::inconclusive);
    CHECK(found.verdict(9, 0.5) == Verdict::inconclusive);
    CHECK_FALSE(found.quantity("", 2, 0.5, "").holds());
  }
}

TEST_CASE(
    "the first stage's sweep: the schedule written out gives the same T(1e-6), and one more than the budget if never") {
  const Scenario scenario = load_scenario("mot/three_stage", {{"data.heldout", "0"}});
  const StageSweep found = first_stage_sweep(scenario, 2, {6, 283}, 0.02, 400);
  const auto written = [](long length) {
    return schedule_outcome(prepare_experiment(with_seed(
        load_scenario("mot/three_stage",
                      {{"data.heldout", "0"},
                       {"stages", R"([{"name": "I", "steps": )" + std::to_string(length) +
                                      R"(, "train": {"ffn": {"optimizer": "normalized_gd", "learning_rate": 0.02},
                                                    "gate": {"optimizer": "gd", "learning_rate": 1}}},
                                    {"name": "III", "steps": )" +
                                      std::to_string(400 - length) +
                                      R"(, "train": {"ffn": {"optimizer": "gd", "learning_rate": 0.05},
                                                    "gate": {"optimizer": "gd", "learning_rate": 1}}}])"}}),
        2)));
  };
  CHECK(found.length == std::vector<double>{6, 283});
  CHECK(found.value[0] == 401);
  CHECK(found.value[0] == written(6).steps);
  CHECK(found.value[1] == written(283).steps);
  CHECK(found.value[1] < 400);
}

TEST_CASE("with the gate planted T1 = 1/eta suffices: at eta = 0.1 the loss is 1e-6 soon after 18 steps, not after 6") {
  const Scenario scenario = load_scenario("mot/three_stage", {{"data.heldout", "0"}, {"model.experts", "6"}});
  const StageSweep found = planted_stage_sweep(scenario, 0, {6, 50}, 0.1, 2000);
  CHECK(found.value[1] < found.value[0]);
}

TEST_CASE("the second stage's sweep: length 0 is stage III alone for the rest of the budget") {
  const Scenario scenario = load_scenario("mot/noise_floor", {{"data.heldout", "50"}, {"data.replicates", "1"}});
  const StageSweep found = second_stage_sweep(scenario, 2, {0, 30}, 0.5, 500);
  const auto written = [&](long length) {
    Scenario one = scenario;
    one.config.stages[1].steps = length;
    one.config.stages[1].train.at("attention").learning_rate = 0.5;
    one.config.stages[2].steps = 100 - length;
    return trained_floor(one, 2).heldout_loss;
  };
  CHECK(found.value[0] == written(0));
  CHECK(found.value[1] == written(30));
  CHECK(found.value[0] != found.value[1]);
}

}  // namespace lemmata::scenarios
