#include <doctest/doctest.h>

#include <functional>
#include <map>

#include "sim/error.h"
#include "sim/train/preset.h"

using namespace lemmata::sim;

namespace {

const char* const every_preset[] = {"three_stage", "two_stage", "two_stage_late", "joint", "alternating"};

std::vector<StageConfig> three_stages() {
  StageConfig first{"I", 400, {{"ffn", {"normalized_gd", 0.02}}, {"gate", {"gd", 1.0}}}, {}, false};
  StageConfig second{"II", 300, {{"attention", {"adam", 0.5}}, {"gate", {"gd", 2.0}}}, {}, false};
  StageConfig third{"III", 3000, {{"ffn", {"gd", 0.05}}, {"gate", {"momentum", 3.0, 0.5}}}, {}, true};
  first.stop.loss = 0.1;
  second.stop.loss = 0.2;
  third.stop.loss = 0.3;
  return {first, second, third};
}

long total_steps(const std::vector<StageConfig>& stages) {
  long total = 0;
  for (const StageConfig& stage : stages) total += stage.steps;
  return total;
}

// Steps in which a block is trained by (optimiser, rate).
std::map<std::string, long> use(const std::vector<StageConfig>& stages) {
  std::map<std::string, long> result;
  for (const StageConfig& stage : stages) {
    for (const auto& [block, training] : stage.train) {
      result[block + " " + training.optimizer + " " + std::to_string(training.learning_rate)] += stage.steps;
    }
  }
  return result;
}

void check_refused(const std::function<void()>& call, const std::string& field) {
  try {
    call();
    FAIL("accepted: " << field);
  } catch (const ConfigError& error) {
    CHECK(error.field() == field);
  }
}

}  // namespace

TEST_CASE("every preset keeps 3,700 steps in total, trains the gate in each, and keeps every optimiser's numbers") {
  for (const char* preset : every_preset) {
    CAPTURE(preset);
    const std::vector<StageConfig> stages = apply_preset(preset, three_stages(), 100);
    CHECK(total_steps(stages) == 3700);
    for (const StageConfig& stage : stages) CHECK(stage.train.contains("gate"));
    for (const auto& [what, steps] : use(stages)) {
      CAPTURE(what);
      CHECK(use(three_stages()).contains(what));
    }
  }
}

TEST_CASE("three_stage is as given, even if that is not three stages") {
  const std::vector<StageConfig> stages = apply_preset("three_stage", three_stages(), 0);
  REQUIRE(stages.size() == 3);
  CHECK(stages[0].name == "I");
  CHECK(use(stages) == use(three_stages()));
  CHECK(apply_preset("three_stage", {three_stages()[0]}, 0).size() == 1);
}

TEST_CASE("two_stage trains ffn, attention and gate for 700 steps, then III") {
  const std::vector<StageConfig> stages = apply_preset("two_stage", three_stages(), 0);
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].name == "I+II");
  CHECK(stages[0].steps == 700);
  CHECK(stages[0].train.size() == 3);
  CHECK(stages[0].train.at("ffn").optimizer == "normalized_gd");
  CHECK(stages[0].train.at("attention").optimizer == "adam");
  CHECK(stages[0].train.at("gate").learning_rate == 2.0);
  CHECK(stages[0].stop.loss == 0.2);
  CHECK(stages[1].name == "III");
  CHECK(stages[1].steps == 3000);
  CHECK(stages[1].train.at("gate").beta == 0.5);
  CHECK(stages[1].normalise_by_load);
}

TEST_CASE("two_stage_late trains I, then all blocks for 3,300 steps") {
  const std::vector<StageConfig> stages = apply_preset("two_stage_late", three_stages(), 0);
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].name == "I");
  CHECK(stages[0].train.at("ffn").optimizer == "normalized_gd");
  CHECK(stages[0].train.size() == 2);
  CHECK(stages[1].name == "II+III");
  CHECK(stages[1].steps == 3300);
  CHECK(stages[1].train.at("ffn").optimizer == "gd");
  CHECK(stages[1].train.at("attention").optimizer == "adam");
  CHECK(stages[1].train.at("gate").optimizer == "momentum");
}

TEST_CASE("joint is one stage: ffn and gate as in III, attention as in II") {
  const std::vector<StageConfig> stages = apply_preset("joint", three_stages(), 0);
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].name == "I+II+III");
  CHECK(stages[0].steps == 3700);
  CHECK(stages[0].train.size() == 3);
  CHECK(stages[0].train.at("ffn").learning_rate == 0.05);
  CHECK(stages[0].train.at("attention").learning_rate == 0.5);
  CHECK(stages[0].train.at("gate").learning_rate == 3.0);
  CHECK(stages[0].stop.loss == 0.3);
  CHECK(stages[0].normalise_by_load);
}

TEST_CASE("alternating with period 1,000: I, then 1000 II, 1000 III, 1000 II, 300 III") {
  const std::vector<StageConfig> stages = apply_preset("alternating", three_stages(), 1000);
  REQUIRE(stages.size() == 5);
  const char* const names[] = {"I", "II.1", "III.1", "II.2", "III.2"};
  const long steps[] = {400, 1000, 1000, 1000, 300};
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    CHECK(stages[i].name == names[i]);
    CHECK(stages[i].steps == steps[i]);
    CHECK(stages[i].train.size() == 2);
    CHECK(stages[i].train.contains("attention") == (i == 1 || i == 3));
    CHECK(stages[i].stop.loss == (i == 0 ? 0.1 : i % 2 == 1 ? 0.2 : 0.3));
  }
  CHECK(apply_preset("alternating", three_stages(), 1'000'000).size() == 2);
}

TEST_CASE("alternating: 3,300 steps in at most 126 turns need a period of 27, 26 is refused") {
  CHECK(apply_preset("alternating", three_stages(), 27).size() == 124);   // I, 122 turns of 27 and one of 6
  std::vector<StageConfig> shorter = three_stages();
  shorter[2].steps = 126 * 27 - 300;
  CHECK(apply_preset("alternating", shorter, 27).size() == 127);
  check_refused([] { apply_preset("alternating", three_stages(), 26); }, "schedule.period");
  check_refused([] { apply_preset("alternating", three_stages(), 0); }, "schedule.period");
  check_refused([] { apply_preset("alternating", three_stages(), -5); }, "schedule.period");
}

TEST_CASE("presets refuse an unknown name and schedules that are not the three stages") {
  check_refused([] { apply_preset("four_stage", three_stages(), 1); }, "schedule.preset");
  for (const char* preset : every_preset) {
    if (std::string(preset) == "three_stage") continue;
    CAPTURE(preset);
    std::vector<StageConfig> stages = three_stages();
    stages.pop_back();
    check_refused([&] { apply_preset(preset, stages, 100); }, "stages");
    stages = three_stages();
    stages[1].steps = -1;
    check_refused([&] { apply_preset(preset, stages, 100); }, "stages.1.steps");
    stages = three_stages();
    stages[1].train.erase("attention");
    check_refused([&] { apply_preset(preset, stages, 100); }, "stages.1.train");
    stages = three_stages();
    stages[2].train.erase("ffn");
    check_refused([&] { apply_preset(preset, stages, 100); }, "stages.2.train");
  }
}
