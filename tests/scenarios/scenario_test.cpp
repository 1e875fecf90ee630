#include "scenarios/configuration/scenario.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/key_path.h"
#include "scenarios/configuration/scenario_library.h"
#include "scenarios/configuration/settings_json.h"
#include "tests/analysis/scratch.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

long total_steps(const Scenario& scenario) {
  long steps = 0;
  for (const sim::StageConfig& stage : scenario.config.stages) steps += stage.steps;
  return steps;
}

}  // namespace

TEST_CASE("every shipped scenario resolves, is named after its file, says what it is, and reads back as itself") {
  CHECK(shipped_scenarios().size() >= 11);
  for (const ShippedScenario& shipped : shipped_scenarios()) {
    CAPTURE(shipped.name);
    const Scenario scenario = load_scenario(std::string(shipped.name));
    CHECK(scenario.config.name == shipped.name);
    CHECK(!scenario.settings.description.empty());
    CHECK(scenario.settings.claim_group == shipped.name.substr(0, shipped.name.find('/')));
    CHECK(scenario.notices.empty());
    const Scenario again = scenario_from_json(scenario.settings_json, "a result file");
    CHECK(again.settings_json == scenario.settings_json);
    CHECK(again.config_hash == scenario.config_hash);
  }
}

TEST_CASE("mot/three_stage holds the numbers of the contract") {
  const Scenario scenario = load_scenario("mot/three_stage");
  const sim::Config& config = scenario.config;
  CHECK(config.data.classes == 3);
  CHECK(config.data.features == 10);
  CHECK(config.data.beta.low == 3);
  CHECK(config.data.beta.is_fixed());
  CHECK(config.model.experts == 24);
  CHECK(config.model.init.ffn_std == 0.05);
  REQUIRE(config.stages.size() == 3);
  CHECK(config.stages[0].train.at("ffn").optimizer == "normalized_gd");
  CHECK(config.stages[0].train.at("ffn").learning_rate == 0.02);
  CHECK(config.stages[0].train.contains("attention") == false);
  CHECK(config.stages[1].train.at("attention").learning_rate == 1);
  CHECK(config.stages[2].steps == 3000);
  CHECK(scenario.settings.record.every.steps == 0);
  CHECK(scenario.settings.record.per_decade == 50);
}

TEST_CASE("the shipped differences are those of the issue") {
  const Scenario single = load_scenario("mot/single_transformer");
  CHECK(single.config.model.kind == "single");
  CHECK(single.config.model.init.ffn_std == 0.01);
  REQUIRE(single.config.stages.size() == 1);
  CHECK(single.config.stages[0].steps == 3800);
  CHECK(single.config.stages[0].train.at("attention").learning_rate == 0.3);
  const Scenario logistic = load_scenario("mot/single_logistic_gd");
  CHECK(logistic.config.loss.kind == "logistic");
  CHECK(logistic.config.model.kind == "single");
  CHECK(logistic.config.stages[0].steps == 40000);
  const Scenario floor = load_scenario("mot/noise_floor"), twin = load_scenario("mot/noise_floor_attention_free");
  CHECK(floor.config.data.noise_std == 1 / std::sqrt(12.0));   // norm 1 in 12 features
  CHECK(floor.config.data.replicates == 8);
  CHECK(twin.config.data.noise_std == floor.config.data.noise_std);
  CHECK(total_steps(twin) == total_steps(floor));
  for (const sim::StageConfig& stage : twin.config.stages) CHECK(!stage.train.contains("attention"));
  const Scenario leakage = load_scenario("mot/label_leakage");
  CHECK(leakage.config.data.beta.low == 1);
  CHECK(leakage.config.data.gamma.high == 1);
  const Scenario normalised = load_scenario("mot/logistic_normalized_gd");
  CHECK(normalised.config.stages[2].train.at("ffn").optimizer == "normalized_gd");
  CHECK(normalised.config.stages[2].train.contains("gate"));
}

TEST_CASE("--set replaces the whole value, JSON where it is JSON, text where it is not, the last one wins") {
  const Scenario scenario = load_scenario(
      "mot/three_stage", {{"data.alpha", "[0.5, 2]"},
                          {"loss.kind", "logistic"},
                          {"stages.2.train.ffn.learning_rate", "0.1"},
                          {"model.experts", "6"},
                          {"model.experts", "12"},
                          {"stages.0.train", R"({"ffn": {"optimizer": "adam", "learning_rate": 0.001}})"}});
  CHECK(scenario.config.data.alpha.low == 0.5);
  CHECK(scenario.config.data.alpha.high == 2);
  CHECK(scenario.config.loss.kind == "logistic");
  CHECK(scenario.config.stages[2].train.at("ffn").learning_rate == 0.1);
  CHECK(scenario.config.model.experts == 12);
  CHECK(scenario.config.stages[0].train.size() == 1);
  CHECK(load_scenario("mot/three_stage", {{"data.alpha", "[0.5, 2]"}, {"data.alpha.1", "3"}}).config.data.alpha.high ==
        3);
}

TEST_CASE("--set reaches keys that are not set yet, but no index past the end and no key that the schema lacks") {
  CHECK(load_scenario("mot/three_stage", {{"stages.2.stop.loss", "1e-9"}}).config.stages[2].stop.loss == 1e-9);
  CHECK(load_scenario("mot/three_stage", {{"stages.0.train.attention", R"({"optimizer": "gd", "learning_rate": 1})"}})
            .config.stages[0]
            .train.size() == 3);
  const auto fault = [](const char* path, const char* value) {
    return fault_of([&] { load_scenario("mot/three_stage", {{path, value}}); });
  };
  CHECK(fault("stages.3.steps", "1").key() == "stages.3");
  CHECK(fault("stages.3.steps", "1").allowed() == "an index from 0 to 2");
  CHECK(fault("stages.-1.steps", "1").key() == "stages.-1");
  CHECK(fault("stages.00000000000000000001.steps", "1").key() == "stages.00000000000000000001");
  CHECK(fault("data.alpha.0", "1").key() == "data.alpha.0");          // a number has no entries
  CHECK(fault("data.clases", "4").key() == "data.clases");
  CHECK(fault("data.clases", "4").source() == "--set data.clases=4");
  CHECK(fault("data.clases", "4").allowed().find("classes") != std::string::npos);
  CHECK(fault("seed.x", "4").allowed() == "nothing: seed is a single value");
  CHECK(fault("", "4").key() == "");
  CHECK(fault("base", "mot/three_stage").key() == "base");
  CHECK(fault("data..classes", "4").key() == "data.");
}

TEST_CASE("a fault names the place where the value was written: file, base or --set") {
  const auto fault = [](const std::string& name, const std::vector<Override>& overrides) {
    return fault_of([&] { load_scenario(name, overrides); });
  };
  CHECK(fault("mot/three_stage", {{"data.noise_std", "NaN"}}).what() ==
        std::string_view("--set data.noise_std=NaN: data.noise_std: found \"NaN\", allowed: a number >= 0"));
  const InputError small = fault("mot/three_stage", {{"data.classes", "6"}});  // 2 x 6 > 10: the fault lies in features
  CHECK(small.key() == "data.features");
  CHECK(small.found() == "10");
  CHECK(small.allowed().find("12") != std::string::npos);
  CHECK(small.source() == "scenario mot/three_stage");
  const Scratch folder;
  const std::string child =
      folder.write("child.json", R"({"base": "mot/three_stage", "differences": {"loss.l2": -1}})");
  CHECK(fault(child, {}).source() == child);
  CHECK(fault(child, {{"loss.l2", "0"}, {"loss.kind", "hinge"}}).source() == "--set loss.kind=hinge");
  CHECK(fault("mot/no_such", {}).allowed().find("mot/three_stage") != std::string::npos);
}

TEST_CASE("a file may differ from another file or a shipped scenario, circles and unknown bases are refused") {
  const Scratch folder;
  folder.write(
      "parent.json",
      R"({"base": "mot/label_leakage", "description": "parent", "differences": {"model.experts": 6, "data.beta": 2}})");
  const std::string child = folder.write(
      "child.json", R"({"base": "parent.json", "differences": {"data.beta": [1, 2], "stages.1.steps": 10}})");
  const Scenario scenario = load_scenario(child);
  CHECK(scenario.config.name == "child");
  CHECK(scenario.settings.description == "parent");
  CHECK(scenario.config.model.experts == 6);
  CHECK(scenario.config.data.beta.high == 2);
  CHECK(scenario.config.data.gamma.low == 1);
  CHECK(scenario.config.stages[1].steps == 10);
  const std::string circle = folder.write("circle.json", R"({"base": "circle.json"})");
  CHECK(fault_of([&] { load_scenario(circle); }).key() == "base");
  const std::string orphan = folder.write("orphan.json", R"({"base": "mot/none"})");
  CHECK(fault_of([&] { load_scenario(orphan); }).found() == "mot/none");
  const std::string extra = folder.write("extra.json", R"({"base": "mot/three_stage", "seed": 3})");
  CHECK(fault_of([&] { load_scenario(extra); }).key() == "seed");
  const std::string bad = folder.write("bad.json", R"({"base": "mot/three_stage", "differences": {"data.clases": 3}})");
  CHECK(fault_of([&] { load_scenario(bad); }).key() == "data.clases");
}

TEST_CASE("noise_std and noise_norm replace one another when set, and exclude one another when written together") {
  CHECK(load_scenario("mot/noise_floor", {{"data.noise_std", "0.5"}}).config.data.noise_std == 0.5);
  CHECK(load_scenario("mot/three_stage", {{"data.noise_norm", "2"}, {"data.features", "16"}}).config.data.noise_std ==
        0.5);
  const Scratch folder;
  Json both = parse_json(load_scenario("mot/three_stage").settings_json, "");
  both["data"]["noise_norm"] = 1;
  const std::string file = folder.write("both.json", both.dump());
  CHECK(fault_of([&] { load_scenario(file); }).key() == "data.noise_norm");
}

TEST_CASE("presets rewrite the schedule that is simulated, the settings keep it as it was written") {
  const Scenario joint = load_scenario("mot/three_stage", {{"schedule.preset", "joint"}});
  CHECK(joint.settings.config.stages.size() == 3);
  REQUIRE(joint.config.stages.size() == 1);
  CHECK(joint.config.stages[0].steps == 3800);
  CHECK(joint.config.stages[0].train.size() == 3);
  CHECK(scenario_from_json(joint.settings_json, "x").config.stages.size() == 1);
}

TEST_CASE("the hash knows what is simulated, not how it is called, seeded or recorded") {
  const auto hash = [](const std::vector<Override>& overrides) {
    return load_scenario("mot/three_stage", overrides).config_hash;
  };
  const std::string plain = hash({});
  CHECK(plain.size() == 64);
  CHECK(hash({{"seed", "7"}, {"name", "other"}, {"record.every", "10"}}) == plain);
  CHECK(hash({{"data.beta", "3.0"}, {"loss.l2", "0.0"}, {"stages.2.steps", "3e3"}}) == plain);
  CHECK(hash({{"data.beta", "[3, 3]"}}) == plain);
  CHECK(hash({{"data.zipf", "0"}}) == plain);   // the default, written out
  CHECK(hash({{"data.beta", "3.0000000000000004"}}) != plain);
  CHECK(hash({{"model.experts", "25"}}) != plain);
}

TEST_CASE("names make file names, and stages are told apart by theirs") {
  CHECK(fault_of([] { load_scenario("mot/three_stage", {{"name", "\"a b\""}}); }).key() == "name");
  CHECK(fault_of([] { load_scenario("mot/three_stage", {{"name", ""}}); }).key() == "name");
  CHECK(fault_of([] { load_scenario("mot/three_stage", {{"stages.1.name", "I"}}); }).key() == "stages.1.name");
}

}  // namespace lemmata::scenarios
