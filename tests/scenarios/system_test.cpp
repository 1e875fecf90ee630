// The loop that every system other than the mixtures runs in, and what is refused of such scenarios.
#include "scenarios/system/system.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/configuration/settings_json.h"
#include "scenarios/configuration/validate.h"
#include "scenarios/experiment/experiment.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

// x halves at every step of stage "a" and doubles in any other; measured as it stands.
class Halving final : public Simulation {
 public:
  std::vector<analysis::VariableSpec> variables() const override { return {{"x", {"step"}, {}, "1", "x"}}; }
  Dimensions dimensions() const override { return {}; }
  analysis::Dataset parameters() const override { return {}; }
  void begin_stage(const sim::StageConfig& stage) override { factor_ = stage.name == "a" ? 0.5 : 2; }
  bool is_finite() override { return x_ < bound; }
  void measure(Row& row) override { row["x"] = {x_}; }
  void update() override { x_ *= factor_; }
  void state(StateFields&) override {}

  double bound = 1e9;

 private:
  double x_ = 8, factor_ = 0;
};

Scenario two_stages(long first, long second, long every) {
  Scenario scenario;
  scenario.config.stages = {{"a", first, {}, {}, false}, {"b", second, {}, {}, false}};
  scenario.settings.record.every.steps = every;
  return scenario;
}

struct Seen {
  std::vector<long> steps;
  std::vector<double> stages, values;
  std::function<void(long, const Row&)> sink() {
    return [this](long step, const Row& row) {
      steps.push_back(step);
      stages.push_back(row.at("stage").at(0));
      values.push_back(row.at("x").at(0));
    };
  }
};

}  // namespace

TEST_CASE(
    "systems: 8 halved three times and doubled twice is recorded as 8 4 2 1 2 4, before each update and at last") {
  Halving simulation;
  Seen seen;
  const sim::TrainingResult result = simulate(simulation, two_stages(3, 2, 1), {seen.sink()});
  CHECK(seen.values == std::vector<double>{8, 4, 2, 1, 2, 4});
  CHECK(seen.steps == std::vector<long>{0, 1, 2, 3, 4, 5});
  CHECK(seen.stages == std::vector<double>{1, 1, 1, 2, 2, 2});
  CHECK(result.stop_reason == "completed");
  CHECK(result.steps == 5);
  CHECK(result.last_finite_step == 5);
}

TEST_CASE("systems: every 2 of stages of 3 and 2 steps: 0, 2, the second stage's first 3, 4, and the closing 5") {
  Halving simulation;
  Seen seen;
  simulate(simulation, two_stages(3, 2, 2), {seen.sink()});
  CHECK(seen.steps == std::vector<long>{0, 2, 3, 4, 5});
}

TEST_CASE("systems: what cannot go on has diverged, at the last step that could, and is not recorded there") {
  Halving simulation;
  simulation.bound = 3;  // 1, 2, then 4
  Seen seen;
  Scenario scenario = two_stages(0, 9, 1);
  scenario.config.stages.erase(scenario.config.stages.begin());
  Halving start;
  start.bound = 17;  // 8, 16, then 32
  const sim::TrainingResult result = simulate(start, scenario, {seen.sink()});
  CHECK(result.stop_reason == "diverged");
  CHECK(result.last_finite_step == 1);
  CHECK(seen.values == std::vector<double>{8, 16});
  CHECK(simulate(simulation, scenario, {seen.sink()}).last_finite_step == -1);
}

TEST_CASE("systems: a tick that says no interrupts before the step is recorded") {
  Halving simulation;
  Seen seen;
  long ticks = 0;
  const sim::TrainingResult result =
      simulate(simulation, two_stages(3, 2, 1), {seen.sink(), [&] { return ++ticks < 3; }});
  CHECK(result.stop_reason == "interrupted");
  CHECK(result.steps == 2);
  CHECK(seen.steps == std::vector<long>{0, 1});
}

TEST_CASE(
    "systems: names are distinct, the first is what a scenario without a name of one means, unknown ones refused") {
  std::set<std::string> names;
  for (const SystemEntry& entry : systems()) {
    CHECK(names.insert(entry.name).second);
    CHECK((entry.make == nullptr) == (entry.name == "mixture"));
    CHECK(complete_settings_schema(entry.name)["properties"]["system"]["enum"] == Json::array({entry.name}));
  }
  CHECK(systems().front().name == "mixture");
  CHECK(system_of(Json::object(), "") == "mixture");
  CHECK_THROWS_AS(system_of({{"system", "perceptron"}}, ""), InputError);
  CHECK_THROWS_AS(system_of({{"system", 3}}, ""), InputError);
}

}  // namespace lemmata::scenarios
