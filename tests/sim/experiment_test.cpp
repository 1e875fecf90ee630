#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "sim/error.h"
#include "tests/sim/training_case.h"

// What make_experiment builds, and what check_stages refuses.
using namespace lemmata;
using namespace lemmata::sim;

namespace {
const std::string unknown = "unknown";
}

TEST_CASE("experiment: make_experiment builds data, held-out set and initial values from the seed") {
  Config config;
  config.stages = three_stages();
  const Experiment experiment = make_experiment(config);
  CHECK(experiment.data->samples() == 24);
  REQUIRE(experiment.heldout);
  CHECK(experiment.heldout->samples() == 2000);
  CHECK(experiment.initial.ffn.cols() == 24);
  config.seed = 11, config.data.sampling = "random", config.data.samples = 20, config.data.noise_std = 0.5;
  const Experiment drawn = make_experiment(config);
  CHECK(drawn.data->tokens == data_law_named("class_mixture").generate(config.data, {11, Purpose::data, 0}).tokens);
  CHECK(drawn.heldout->tokens ==
        data_law_named("class_mixture").generate(config.data, {11, Purpose::heldout, 0}).tokens);
  CHECK(drawn.initial.ffn == initial_parameters(build_architecture(config.model), config.model.init, 10, 11).ffn);
  config.data.heldout = 0;
  CHECK_FALSE(make_experiment(config).heldout);
}

TEST_CASE("experiment: check_stages names the field of the stage that is wrong") {
  Config config;
  config.stages = three_stages();
  config.seed = 11, config.data.sampling = "random", config.data.samples = 20;
  const auto field = [&](auto change) -> std::string {
    Config bad = config;
    change(bad.stages);
    try {
      check_stages(bad);
    } catch (const ConfigError& error) {
      return error.field();
    }
    return "accepted";
  };
  using Stages = std::vector<StageConfig>;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(field([](Stages&) {}) == "accepted");
  CHECK(field([](Stages& s) { s.clear(); }) == "stages");
  CHECK(field([](Stages& s) { s[1].steps = -1; }) == "stages.1.steps");
  CHECK(field([](Stages& s) { s[2].train.clear(); }) == "stages.2.train");
  CHECK(field([](Stages& s) { s[0].train["bias"] = {}; }) == "stages.0.train.bias");
  CHECK(field([](Stages& s) { s[0].train["ffn"].optimizer = unknown; }) == "stages.0.train.ffn.optimizer");
  CHECK(field([&](Stages& s) { s[0].train["ffn"].learning_rate = nan; }) == "stages.0.train.ffn.learning_rate");
  CHECK(field([](Stages& s) { s[0].train["ffn"].learning_rate = 0; }) == "stages.0.train.ffn.learning_rate");
  CHECK(field([&](Stages& s) { s[0].train["ffn"].beta = nan; }) == "stages.0.train.ffn.beta");
  CHECK(field([&](Stages& s) { s[0].train["ffn"].tolerance = nan; }) == "stages.0.train.ffn.tolerance");
  CHECK(field([](Stages& s) { s[0].train["gate"].optimizer = "newton"; }) == "stages.0.train.gate.optimizer");
  CHECK(field([&](Stages& s) { s[0].stop.loss = nan; }) == "stages.0.stop.loss");
  CHECK(field([&](Stages& s) { s[0].stop.gradient_norm = nan; }) == "stages.0.stop.gradient_norm");
  CHECK(field([](Stages& s) { s[0].stop.no_progress_steps = -1; }) == "stages.0.stop.no_progress_steps");
  CHECK(field([&](Stages& s) { s[0].stop.no_progress_change = nan; }) == "stages.0.stop.no_progress_change");
}
