// The state of a mixture's training, of its recorder and of every metric is all that changes: restored into fresh ones
// it gives the rows, the parameters and the T(eps) of the first.
#include <doctest/doctest.h>

#include "scenarios/experiment/experiment.h"
#include "scenarios/run/recorder.h"
#include "scenarios/system/training_state.h"

namespace lemmata::scenarios {
namespace {

using Rows = std::vector<std::pair<long, Row>>;

struct Kept {
  int stage;
  long stage_step, step;
  std::size_t rows;  // before it
  analysis::Dataset state;
};

struct Ended {
  Rows rows;
  sim::TrainingState state;
  std::vector<long> reached, reached_in_last_stage;
  std::string reason;
  std::vector<Kept> places;  // of every step
};

RecordPlan every_metric(const Scenario& scenario) {
  RecordPlan plan{1, 50, {}};
  for (const MetricEntry& metric : metrics()) plan.metrics.push_back(metric.name);
  plan.every = scenario.settings.record.every.steps;
  return plan;
}

Ended trained(const Scenario& scenario, const Kept* from = nullptr) {
  const sim::Experiment experiment = prepare_experiment(scenario);
  Ended ended;
  ended.state = sim::initial_state(experiment);
  StateVisit state;
  const auto keep = [&](long step, const Row& row) {
    ended.rows.emplace_back(step, row);
    return true;
  };
  const auto note = [&](const sim::Snapshot& at) {
    if (from == nullptr)
      ended.places.push_back({at.state.stage, at.closing ? at.stage.steps : at.state.stage_step, at.state.step,
                              ended.rows.size(), stored_state(state)});
    return true;
  };
  Recorder recorder(experiment, every_metric(scenario), keep, note);
  state = [&](StateFields& fields) {
    training_fields(ended.state, fields);
    recorder.state(fields);
  };
  if (from != nullptr) {
    ended.state.stage = from->stage, ended.state.stage_step = from->stage_step, ended.state.step = from->step;
    restore_state(from->state, state);
  }
  ended.reason = sim::train(experiment, ended.state, recorder).stop_reason;
  ended.reached = recorder.from_start().steps();
  ended.reached_in_last_stage = recorder.from_last_stage().steps();
  return ended;
}

bool same_bits(const double* left, const double* right, std::size_t count) {
  return std::equal(left, left + count, right, [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  });
}

bool same_rows(const Rows& whole, const Rows& rest, std::size_t from) {
  if (rest.size() != whole.size() - from) return false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto& [step, row] = whole[from + i];
    if (rest[i].first != step || rest[i].second.size() != row.size()) return false;
    for (const auto& [name, values] : row) {
      const std::vector<double>& others = rest[i].second.at(name);
      if (others.size() != values.size() || !same_bits(values.data(), others.data(), values.size())) return false;
    }
  }
  return true;
}

bool same_parameters(const sim::Parameters& left, const sim::Parameters& right) {
  return std::all_of(sim::block_names.begin(), sim::block_names.end(), [&](const char* name) {
    const Matrix &a = left.block(name), &b = right.block(name);
    return a.size() == b.size() && same_bits(a.data(), b.data(), static_cast<std::size_t>(a.size()));
  });
}

/// Steps from which going on does not end as the whole run did.
long differing(const std::string& name, std::vector<Override> overrides) {
  const Scenario scenario = load_scenario(name, overrides);
  const Ended whole = trained(scenario);
  REQUIRE(whole.places.size() > 12);
  long wrong = 0;
  for (const Kept& kept : whole.places) {
    const Ended rest = trained(scenario, &kept);
    wrong += !(same_rows(whole.rows, rest.rows, kept.rows) &&
               same_parameters(whole.state.parameters, rest.state.parameters) && whole.reached == rest.reached &&
               whole.reached_in_last_stage == rest.reached_in_last_stage && whole.reason == rest.reason);
  }
  return wrong;
}

std::string block(const std::string& name, const std::string& optimizer, double rate) {
  return "\"" + name + R"(": {"optimizer": ")" + optimizer + R"(", "learning_rate": )" + std::to_string(rate) + "}";
}

std::string stage(const std::string& name, const std::string& blocks, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", "steps": 6, "train": {)" + blocks + "}" + more + "}";
}

// Three stages that train this and that; the second may end early.
std::vector<Override> short_run(const std::string& ffn, const std::string& gate) {
  const std::string stop = R"(, "stop": {"loss": 0.3})";
  return {{"data.heldout", "20"},
          {"model.experts", "4"},
          {"record.every", "1"},
          {"stages", "[" + stage("I", block("ffn", ffn, 0.1) + ", " + block("gate", gate, 0.5)) + ", " +
                         stage("II", block("attention", ffn, 0.5) + ", " + block("gate", gate, 0.1), stop) + ", " +
                         stage("III", block("ffn", gate, 0.1)) + "]"}};
}

std::vector<Override> with(std::vector<Override> overrides, const std::vector<Override>& more) {
  overrides.insert(overrides.end(), more.begin(), more.end());
  return overrides;
}

}  // namespace

TEST_CASE("resume: a mixture goes on from each of its steps to the same bits, with every metric") {
  CHECK(differing("mot/three_stage", short_run("adam", "momentum")) == 0);
  CHECK(differing("mot/three_stage", with(short_run("momentum", "adam"), {{"record.every", "log"}})) == 0);
  CHECK(differing("mot/three_stage", with(short_run("normalized_gd", "gd"), {{"model.gate.routing", "sampled"}})) == 0);
  CHECK(differing("mot/three_stage",
                  with(short_run("adam", "gd"), {{"data.sampling", "fresh"}, {"data.samples", "12"}})) == 0);
}

TEST_CASE("resume: stages that end for want of progress, and ones that a checkpoint lies at the end of") {
  const std::string slow = R"(, "stop": {"no_progress_steps": 3, "no_progress_change": 0.9})";
  CHECK(differing("mot/three_stage",
                  {{"data.heldout", "20"},
                   {"model.experts", "4"},
                   {"record.every", "5"},
                   {"stages", "[" + stage("I", block("ffn", "adam", 0.1) + ", " + block("gate", "adam", 0.1)) + ", " +
                                  stage("II", block("ffn", "momentum", 0.001), slow) + ", " +
                                  stage("III", block("gate", "adam", 0.1), slow) + "]"}}) == 0);
}

TEST_CASE("resume: what is stored of T(eps) is refused where it is none") {
  analysis::StepsToEps reached;
  reached.observe(0, 0.5);
  reached.observe(7, 1e-3);
  const StateVisit visit = [&](StateFields& fields) { reached_fields("reached", reached, fields); };
  analysis::Dataset stored = stored_state(visit);
  const std::vector<long> steps = reached.steps();
  restore_state(stored, visit);
  CHECK(reached.steps() == steps);
  auto& numbers = std::get<std::vector<double>>(stored.variables[0].values);
  for (const double wrong : {-2.0, 0.5, 1e300, std::nan("")}) {
    numbers[1] = wrong;
    CHECK_THROWS_AS(restore_state(stored, visit), StateFault);
  }
}

}  // namespace lemmata::scenarios
