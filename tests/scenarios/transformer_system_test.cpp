// The system `transformer` from its JSON to its records; the model itself: tests/sim/transformer_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/stable_rank.h"
#include "scenarios/corpus/token_source.h"
#include "scenarios/measure/alignment_run.h"
#include "scenarios/system/system.h"
#include "sim/transformer/transformer.h"
#include "tests/analysis/scratch.h"
#include "tests/close.h"

namespace lemmata::scenarios {
namespace {

Json settings(const std::string& law) {
  return {
      {"system", "transformer"},
      {"name", "small"},
      {"seed", 3},
      {"data",
       {{"law", law},
        {"vocabulary", 30},
        {"length", 8},
        {"sequences", 5},
        {"class_sequences", {{"classes", 6}, {"low_latents", 8}, {"high_latents", 8}}}}},
      {"model", {{"layers", 2}, {"dimension", 12}, {"hidden", 20}}},
      {"stages",
       {{{"name", "train"}, {"steps", 20}, {"train", {{"all", {{"optimizer", "adam"}, {"learning_rate", 0.01}}}}}}}},
      {"record", {{"every", 10}}}};
}

// 400 words of 9 kinds with a period of 17.
std::string short_text() {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "word" + std::to_string(i * i % 17) + " ";
  return text;
}

struct Recorded {
  std::vector<long> steps;
  std::vector<Row> rows;
};

Recorded run(const Json& json, sim::ThreadTeam* team = nullptr) {
  const Scenario scenario = scenario_from_json(json.dump(), "test");
  const auto simulation = make_simulation(scenario, team);
  Recorded recorded;
  simulate(*simulation, scenario, {[&](long step, const Row& row) {
    recorded.steps.push_back(step);
    recorded.rows.push_back(row);
  }});
  return recorded;
}

std::string refused(Json json, const std::string& pointer, const Json& value) {
  json[Json::json_pointer(pointer)] = value;
  try {
    make_simulation(scenario_from_json(json.dump(), "test"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("transformer system: records of loss, entropy and stable rank in their ranges, training lowers the loss") {
  for (const TokenSourceEntry& law : token_sources()) {
    const Scratch folder;
    Json json = settings(law.name);
    if (law.name == "text") json["data"]["file"] = folder.write("text", short_text()).string();
    const Recorded run_of_law = run(json);
    REQUIRE(run_of_law.steps == std::vector<long>{0, 10, 20});
    for (const Row& row : run_of_law.rows) {
      REQUIRE(row.at("attention_entropy").size() == 2);
      REQUIRE(row.at("stable_rank").size() == 2);
      for (const double entropy : row.at("attention_entropy")) {
        CHECK(entropy > 0.1);
        CHECK(entropy < std::log(40320.0) / 8);  // query i of 8 sees i tokens: at most the mean of ln 1, ..., ln 8
      }
      for (const double rank : row.at("stable_rank")) {
        CHECK(rank >= 1);
        CHECK(rank <= 12);
      }
    }
    CHECK(run_of_law.rows.back().at("loss")[0] < run_of_law.rows.front().at("loss")[0] - 0.2);
  }
}

TEST_CASE("transformer system: alignment of classes' latents with layers 0 and 1, as what the claim reads") {
  const Scenario scenario = load_scenario(
      "joma/latent_alignment", {{"model.dimension", "16"}, {"stages.0.steps", "40"}, {"record.every", "20"}});
  const auto simulation = make_simulation(scenario);
  CHECK(simulation->dimensions().at("level") == 2);
  std::vector<Row> rows;
  simulate(*simulation, scenario, {[&](long, const Row& row) { rows.push_back(row); }});
  const AlignmentRun run = alignment_run(scenario, static_cast<long>(scenario.config.seed));
  REQUIRE(rows.size() == 3);
  CHECK(rows.front().at("latent_alignment") == std::vector{run.before_largest.low, run.before_largest.high});
  CHECK(rows.back().at("latent_alignment") == std::vector{run.after_largest.low, run.after_largest.high});
  CHECK(rows.front().at("latent_alignment") != rows.back().at("latent_alignment"));
}

TEST_CASE("transformer system: alignment only where there are latents, two layers with FFNs, and two classes") {
  const auto records_it = [](const std::string& scenario, const std::vector<Override>& differences) {
    for (const analysis::VariableSpec& variable : make_simulation(load_scenario(scenario, differences))->variables()) {
      if (variable.name == "latent_alignment") return true;
    }
    return false;
  };
  CHECK(records_it("joma/latent_alignment", {}));
  CHECK(records_it("joma/latent_alignment", {{"data.law", "class_sequences"}}));
  CHECK(records_it("joma/latent_alignment", {{"model.layers", "2"}}));
  CHECK(!records_it("joma/latent_alignment", {{"model.layers", "1"}}));
  CHECK(!records_it("joma/latent_alignment", {{"model.feed_forward", "false"}}));
  CHECK(!records_it("joma/latent_alignment", {{"data.class_sequences.classes", "1"}}));
  CHECK(!records_it("joma/synthetic_corpus", {{"model.layers", "2"}}));
}

TEST_CASE("transformer system: the first record is the model's loss at the initial values, on the source's batch") {
  const Scenario scenario = scenario_from_json(settings("synthetic_corpus").dump(), "test");
  const TransformerSettings all = scenario.settings.transformer.resolved();
  CHECK(all.model.vocabulary == 30);
  CHECK(all.model.length == 8);
  sim::ThreadTeam team(1);
  sim::Transformer model(all.model, team);
  const auto source = token_source_named("synthetic_corpus").make(all.data, 3);
  const double loss = model.loss(sim::initial_blocks(all.model, 3), source->batch(0));
  CHECK(run(settings("synthetic_corpus")).rows[0].at("loss")[0] == loss);
}

TEST_CASE("transformer system: every layer has the stable rank of its own map into the FFN") {
  const Scenario scenario = scenario_from_json(settings("synthetic_corpus").dump(), "test");
  const Matrix both = sim::initial_blocks(scenario.settings.transformer.resolved().model, 3).at("ffn_input");
  REQUIRE(both.cols() == 40);  // 20 hidden units a layer
  const double ranks[] = {analysis::stable_rank(both.leftCols(20)), analysis::stable_rank(both.rightCols(20))};
  const Row first = run(settings("synthetic_corpus")).rows[0];
  for (std::size_t layer = 0; layer < 2; ++layer) CHECK(first.at("stable_rank")[layer] == ranks[layer]);
  CHECK(std::abs(ranks[0] - ranks[1]) > 1e-2);
}

TEST_CASE("transformer system: fresh sampling draws anew at each step, fixed never, a team changes no bit") {
  Json fixed = settings("synthetic_corpus");
  fixed["data"]["sampling"] = "fixed";
  fixed["stages"][0]["train"] = {{"output", {{"optimizer", "gd"}, {"learning_rate", 1e-300}}}};  // nothing moves
  const Recorded still = run(fixed);
  CHECK(still.rows[0].at("loss") == still.rows[2].at("loss"));
  Json fresh = fixed;
  fresh["data"]["sampling"] = "fresh";
  const Recorded moving = run(fresh);
  CHECK(moving.rows[0].at("loss") == still.rows[0].at("loss"));
  CHECK(moving.rows[2].at("loss") != still.rows[2].at("loss"));
  sim::ThreadTeam team(3);
  CHECK(run(settings("synthetic_corpus"), &team).rows == run(settings("synthetic_corpus")).rows);
}

TEST_CASE("transformer system: a block of its own optimiser beside all, parameters have the axes that hold them") {
  Json json = settings("class_sequences");
  json["stages"][0]["train"]["query"] = {{"optimizer", "gd"}, {"learning_rate", 1e-300}};
  const Scenario scenario = scenario_from_json(json.dump(), "test");
  const auto simulation = make_simulation(scenario);
  const analysis::Dataset before = simulation->parameters();
  simulate(*simulation, scenario, {[](long, const Row&) {}});
  const analysis::Dataset after = simulation->parameters();
  for (const analysis::Variable& variable : before.variables) {
    std::size_t size = 1;
    std::set<std::string> axes;
    for (const std::string& axis : variable.dimensions) {
      size *= before.dimensions.at(axis);
      CHECK(axes.insert(axis).second);
    }
    const auto& values = std::get<std::vector<double>>(variable.values);
    CHECK_MESSAGE(values.size() == size, variable.name);
    const auto& later = std::get<std::vector<double>>(analysis::find_variable(after, variable.name)->values);
    CHECK_MESSAGE((values == later) == (variable.name == "query"), variable.name);
  }
  // w(in 1, out 0) of layer 1 stands at (layer 1, output_feature 0, feature 1)
  const sim::Blocks blocks = sim::initial_blocks(scenario.settings.transformer.resolved().model, 3);
  const auto& value = std::get<std::vector<double>>(analysis::find_variable(before, "value")->values);
  CHECK(value[(1 * 12 + 0) * 12 + 1] == blocks.at("value")(1, 12));
}

TEST_CASE("transformer system: what no model or corpus can be is refused at its key") {
  const Json json = settings("class_sequences");
  CHECK(refused(json, "/model/layers", 0).find("model.layers") != std::string::npos);
  CHECK(refused(json, "/model/activation", "gelu").find("model.activation") != std::string::npos);
  CHECK(refused(json, "/data/law", "news").find("data.law") != std::string::npos);
  CHECK(refused(json, "/data/class_sequences/children", 101).find("data.class_sequences.children") !=
        std::string::npos);
  CHECK(refused(json, "/data/length", 2).find("data.length") != std::string::npos);
  CHECK(refused(json, "/stages/0/train/gate", {{"optimizer", "gd"}, {"learning_rate", 1}}).find("gate") !=
        std::string::npos);
  CHECK(refused(json, "/model/dimension", 10000000).find("sizes that need") != std::string::npos);
  CHECK(refused(json, "/model/layers", 1).empty());
}

}  // namespace lemmata::scenarios
