// The state of every system is all that changes: restored into a fresh simulation it gives the rows of the first.
#include <doctest/doctest.h>

#include "scenarios/system/system.h"
#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {
namespace {

using Rows = std::vector<std::pair<long, Row>>;

struct Kept {
  SchedulePlace place;
  analysis::Dataset state;
};

SimulationHooks hooks_into(Rows& rows) {
  return {[&rows](long step, const Row& row) { rows.emplace_back(step, row); }};
}

Rows rows_from(const Scenario& scenario, const Kept& kept) {
  const auto simulation = make_simulation(scenario);
  simulation->begin_stage(scenario.config.stages[static_cast<std::size_t>(kept.place.stage)]);
  restore_state(kept.state, [&](StateFields& fields) { simulation->state(fields); });
  Rows rows;
  const sim::TrainingResult result = simulate(*simulation, scenario, hooks_into(rows), &kept.place);
  CHECK(result.stop_reason == "completed");
  return rows;
}

bool same_bits(const Row& left, const Row& right) {
  for (const auto& [name, values] : left) {
    const std::vector<double>& others = right.at(name);
    if (values.size() != others.size()) return false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::bit_cast<std::uint64_t>(values[i]) != std::bit_cast<std::uint64_t>(others[i])) return false;
    }
  }
  return left.size() == right.size();
}

/// Steps whose rows differ between the whole run and one that goes on from every place of it.
long differing(const Scenario& scenario) {
  Rows whole;
  std::vector<Kept> places;
  const auto simulation = make_simulation(scenario);
  SimulationHooks hooks = hooks_into(whole);
  hooks.between = [&](const SchedulePlace& place) {
    places.push_back({place, stored_state([&](StateFields& fields) { simulation->state(fields); })});
  };
  const sim::TrainingResult result = simulate(*simulation, scenario, hooks);
  REQUIRE(result.steps > 8);
  REQUIRE(static_cast<long>(places.size()) == result.steps + 1);
  REQUIRE(whole.size() == places.size());
  long wrong = 0;
  for (const Kept& kept : places) {
    const Rows rest = rows_from(scenario, kept);
    REQUIRE(rest.size() == whole.size() - static_cast<std::size_t>(kept.place.steps));
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const auto& [step, row] = whole[whole.size() - rest.size() + i];
      if (rest[i].first != step || !same_bits(rest[i].second, row)) ++wrong;
    }
  }
  return wrong;
}

std::string two_stages(const std::string& first, const std::string& second) {
  const auto stage = [](const std::string& name, const std::string& train) {
    return R"({"name": ")" + name + R"(", "steps": 5, "train": )" + train + "}";
  };
  return "[" + stage("a", first) + ", " + stage("b", second) + "]";
}

}  // namespace

TEST_CASE("resume: every system goes on from each of its steps to the same bits") {
  const Scratch folder;
  std::string text;
  for (int i = 0; i < 600; ++i) text += "w" + std::to_string(i * i % 23) + " ";
  const std::string adam = R"({"optimizer": "adam", "learning_rate": 0.01})",
                    momentum = R"({"optimizer": "momentum", "learning_rate": 0.02})";
  const std::string w_and_z = R"({"w": )" + adam + R"(, "z": )" + momentum + "}",
                    z_and_w = R"({"w": )" + momentum + R"(, "z": )" + adam + "}";
  const std::vector<Override> layer = {{"stages", two_stages(w_and_z, z_and_w)}, {"record.every", "1"}};
  auto batches = layer;
  batches.push_back({"data.batch", "3"});
  CHECK(differing(load_scenario("joma/exp_attention", batches)) == 0);
  CHECK(differing(load_scenario("joma/softmax_attention", layer)) == 0);
  CHECK(differing(load_scenario("joma/linear_attention", layer)) == 0);
  const std::string v = R"({"v": )" + adam + "}",
                    flow = R"({"v": {"optimizer": "gradient_flow", "learning_rate": 0.1}})";
  CHECK(differing(load_scenario("joma/sparse_then_dense", {{"stages", two_stages(v, flow)}, {"record.every", "1"}})) ==
        0);
  CHECK(differing(load_scenario("joma/hblt", {{"stages.0.steps", "10"}, {"record.every", "1"}})) == 0);
  CHECK(differing(load_scenario("joma/corpus",
                                {{"data.file", folder.write("text", text).string()},
                                 {"data.vocabulary", "20"},
                                 {"data.length", "8"},
                                 {"model.dimension", "6"},
                                 {"stages", two_stages(R"({"all": )" + adam + "}",
                                                       R"({"all": )" + momentum + R"(, "query": )" + adam + "}")},
                                 {"record.every", "1"}})) == 0);
}

}  // namespace lemmata::scenarios
