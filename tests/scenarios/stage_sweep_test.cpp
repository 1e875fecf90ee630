#include "scenarios/measure/stage_sweep.h"

#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/schedule_outcome.h"
#include "scenarios/measure/trained_floor.h"
#include "tests/close.h"

namespace lemmata::scenarios {
namespace {

const std::vector<StageSweep> three = {{{0, 10, 30}, {9, 4, 5}}, {{0, 10, 30}, {8, 6, 1}}, {{0, 10, 30}, {7, 2, 3}}};

}  // namespace

TEST_CASE("sweeps: medians 8, 4, 3; best at 30, of the first and third run (medians 8, 3, 4) at 10") {
  CHECK(sweep_medians(three) == std::vector<double>{8, 4, 3});
  CHECK(best_length(three) == 30);
  const std::vector<StageSweep> outer = every_other(three, 0), inner = every_other(three, 1);
  REQUIRE(outer.size() == 2);
  REQUIRE(inner.size() == 1);
  CHECK(best_length(outer) == 10);
  CHECK(inner[0].value == three[1].value);
  CHECK(best_length({{{5, 7}, {2, 2}}}) == 5);  // the shortest of equals
}

TEST_CASE("sweeps: level 6 lies half-way from 8 to 4, at 5; 3.5 half-way from 4 to 3, at 20; 2 is not reached") {
  CHECK(length_reaching(three, 6) == 5);
  CHECK(length_reaching(three, 3.5) == 20);
  CHECK(length_reaching(three, 8) == 0);
  CHECK(std::isnan(length_reaching(three, 2)));
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
