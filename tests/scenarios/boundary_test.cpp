#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/boundary/boundary_file.h"
#include "scenarios/boundary/run_boundary.h"
#include "scenarios/configuration/scenario_library.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/study/resumed_lines.h"
#include "tests/close.h"
#include "tests/scenarios/scratch_folder.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

// Two rows whose runs take milliseconds.
Json small_boundary() {
  return Json::parse(R"({"base": "mot/three_stage",
    "differences": {"data.heldout": 0, "model.experts": 4, "stages.0.steps": 40, "stages.1.steps": 20},
    "rows": {"path": "data.gamma", "values": [0.5, 1]},
    "search": {"path": "data.beta", "low": 0.5, "high": 8, "scale": "log", "direction": "rising"},
    "outcome": "pure", "runs": 44, "stop_width": 0.01})");
}

std::string refusal(const Json& json) {
  Folder folder;
  try {
    load_boundary(folder.write(json));
  } catch (const InputError& error) {
    return error.key() + " | " + error.what();
  }
  return "";
}

std::string refusal(const std::string& pointer, const Json& value) {
  Json json = small_boundary();
  json[Json::json_pointer(pointer)] = value;
  return refusal(json);
}

BoundaryPlan plan_of(const Json& json) {
  Folder folder;
  return load_boundary(folder.write(json));
}

std::vector<std::string> lines_of(const std::vector<BoundaryRun>& runs) {
  std::vector<std::string> lines;
  for (const BoundaryRun& run : runs) lines.push_back(line_of(run));
  return lines;
}

// A hundred made-up runs a row, pure where `holds` says so.
template <class Holds>
std::vector<BoundaryRun> made_up(const BoundaryPlan& plan, const Holds& holds) {
  std::vector<BoundaryRun> runs;
  for (std::size_t row = 0; row < plan.rows.values.size(); ++row) {
    for (long i = 0; i < 100; ++i) {
      BoundaryRun run;
      run.row = static_cast<long>(row);
      run.number = i;
      run.value = value_at(plan.search, static_cast<double>(i) / 99);
      const double purity = holds(row, run.value) ? 1 : 0.4;
      run.at_t1 = {1, purity, purity};
      runs.push_back(run);
    }
  }
  return runs;
}

}  // namespace

TEST_CASE("every shipped boundary loads, and is named in the error for one that is not there") {
  std::string message;
  try {
    load_boundary("mot/none");
  } catch (const InputError& error) {
    message = error.what();
  }
  std::vector<std::string> names;
  for (const ShippedScenario& shipped : shipped_boundaries()) {
    names.emplace_back(shipped.name);
    CHECK(message.find(names.back()) != std::string::npos);
    const BoundaryPlan plan = load_boundary(names.back());
    CHECK(outcome_names[plan.outcome] == "pure");
    CHECK(point_scenario(plan, 0, plan.search.low).config.stages.size() == 2);
  }
  for (const char* name : {"beta_gamma", "experts", "beta_loud", "gate_rate", "label_correlation", "noise"})
    CHECK(std::count(names.begin(), names.end(), std::string("mot/") + name) == 1);
}

TEST_CASE("a boundary is refused by key and value") {
  CHECK(refusal(small_boundary()) == "");
  CHECK(refusal("/outcome", "clean").starts_with("outcome |"));
  CHECK(refusal("/runs", 0).starts_with("runs |"));
  CHECK(refusal("/colour", 1).starts_with("colour |"));
  CHECK(refusal("/probabilities", {0.5, 1}).starts_with("probabilities.1 |"));
  CHECK(refusal("/rows/values", Json::array()).starts_with("rows.values |"));
  CHECK(refusal("/rows/values", {1, 1}).starts_with("rows.values"));
  CHECK(refusal("/rows/also", {{"data.features", {{"tims", 2}}}}).starts_with("rows.also.data.features.tims |"));
  CHECK(refusal("/rows/path", "data.gama").find("data.gama") != std::string::npos);
  CHECK(refusal("/search/path", "data.bta").find("data.bta") != std::string::npos);
  CHECK(refusal("/search/low", 0).starts_with("search.low |"));
  CHECK(refusal("/search/high", 0.5).starts_with("search.high |"));
  CHECK(refusal("/search/scale", "square").starts_with("search.scale |"));
  CHECK(refusal("/search/direction", "up").starts_with("search.direction |"));
  CHECK(refusal("/search/integer", true).starts_with("search.low |"));  // 0.5 is none
  CHECK(refusal("/differences/model.kind", "dense").starts_with("base |"));
}

TEST_CASE("places and values: log 2 to 32, its middle 8, falling turned round, whole numbers rounded, ends kept") {
  BoundaryAxis axis{"x", 2, 32, true, false, false, true, {}};
  CHECK(close(value_at(axis, 0.5), 8, 0, 1e-15));
  CHECK(close(place_of(axis, 4), 0.25, 1e-15, 0));
  axis.rising = false;
  CHECK(value_at(axis, 0) == 32);
  CHECK(close(place_of(axis, 4), 0.75, 1e-15, 0));
  axis.integer = true;
  CHECK(value_at(axis, 0.51) == 8);  // 7.78
  const BoundaryAxis linear{"x", -1, 3, false, false, false, true, {}};
  CHECK(value_at(linear, 0.25) == 0);
  CHECK(place_of(linear, 2) == 0.75);
  CHECK(value_at(linear, 1) == 3);
}

TEST_CASE(
    "linked settings: N = 5 has 2 N + 4 = 14 features, a ratio of 3 at FFN rate .02 is a gate rate of .06, twice") {
  const BoundaryPlan experts = load_boundary("mot/experts"), rates = load_boundary("mot/gate_rate");
  const auto row_of = [](const BoundaryPlan& plan, double value) {
    const auto& values = plan.rows.values;
    return static_cast<std::size_t>(std::find(values.begin(), values.end(), value) - values.begin());
  };
  const sim::Config five = point_scenario(experts, row_of(experts, 5), 17).config;
  CHECK(five.data.classes == 5);
  CHECK(five.data.features == 14);
  CHECK(five.model.experts == 17);
  const sim::Config gate = point_scenario(rates, row_of(rates, 0.02), 3).config;
  CHECK(gate.stages[0].train.at("ffn").learning_rate == 0.02);
  CHECK(close(gate.stages[0].train.at("gate").learning_rate, 0.06, 0, 1e-15));
  CHECK(close(gate.stages[1].train.at("gate").learning_rate, 0.06, 0, 1e-15));
}

TEST_CASE(
    "a run: T1 is the end of stage I, as a run of that stage alone ends, and coverage that of the first winners") {
  const BoundaryPlan plan = plan_of(small_boundary());
  int covered = 0, moved = 0;
  for (const long number : {0, 1, 2, 3, 4, 5, 6, 7}) {
    const BoundaryRun run = boundary_run(plan, 1, number, 1.2, [] { return true; });
    CHECK(run.seed == 44 + number);
    const Scenario both = point_scenario(plan, 1, 1.2);
    const FinalState one = train_seed(first_stages(both, 1), run.seed), two = train_seed(both, run.seed);
    const Specialisation t1 = specialisation(problem_of(one.experiment), one.state.parameters, one.routing),
                         end = specialisation(problem_of(two.experiment), two.state.parameters, two.routing);
    CHECK(run.at_t1.least_purity_noisy == t1.least_purity_noisy);
    CHECK(run.at_t1.least_ratio == t1.least_ratio);
    CHECK(run.at_end.least_purity_noisy == end.least_purity_noisy);
    moved += t1.least_purity_noisy != end.least_purity_noisy;
    const Matrix scores = one.experiment.data->label_signal * one.experiment.initial.ffn;
    std::vector<bool> won(3, false);
    for (Index expert = 0; expert < scores.cols(); ++expert) {
      Index best = 0;
      scores.col(expert).maxCoeff(&best);
      won[static_cast<std::size_t>(best)] = true;
    }
    CHECK(run.covered == std::all_of(won.begin(), won.end(), [](bool is) { return is; }));
    covered += run.covered;
    CHECK(line_of(boundary_run_of_line(line_of(run), "x")) == line_of(run));
  }
  CHECK((covered > 0 && covered < 8));
  CHECK(moved > 0);
}

TEST_CASE("outcomes: pure needs both purities of .99, specialised a ratio of 2, a run that diverged has neither") {
  BoundaryRun run;
  run.at_t1 = {2, 0.99, 0.99};
  run.at_end = {1.99, 1, 0.98};
  CHECK((run.held(0) && run.held(1) && !run.held(2) && !run.held(3) && !run.held(4)));
  run.at_t1.least_purity_noisy = 0.98;
  CHECK(!run.held(0));
  const double nan = std::nan("");
  run.at_t1 = {nan, nan, nan};
  run.covered = true;
  CHECK((!run.held(0) && !run.held(1) && run.held(2)));
  const BoundaryRun back = boundary_run_of_line(line_of(run), "x");
  CHECK(std::isnan(back.at_t1.least_ratio));
  CHECK(back.at_end.least_ratio == 1.99);
}

TEST_CASE("one thread, two threads, and a search taken up again half way: the same runs") {
  const BoundaryPlan plan = plan_of(small_boundary());
  Folder folder;
  sim::ThreadTeam one(1), two(2);
  const std::vector<std::string> runs = lines_of(run_boundary(plan, folder.path / "a", one, {}));
  CHECK(runs.size() == 88);
  CHECK(lines_of(run_boundary(plan, folder.path / "b", two, {})) == runs);
  long left = 30;
  BoundaryWatch watch;
  watch.done = [&](long more) { left -= more; };
  watch.proceed = [&] { return left > 0; };
  run_boundary(plan, folder.path / "c", one, watch);
  std::ofstream(folder.path / "c", std::ios::app) << R"({"run_row": 1, )";  // killed while it wrote
  long done = 0;
  watch.done = [&](long more) { done += more; };
  watch.proceed = [] { return true; };
  CHECK(lines_of(run_boundary(plan, folder.path / "c", two, watch)) == runs);
  CHECK(done == 88);
  std::ifstream file(folder.path / "c");
  CHECK(std::count(std::istreambuf_iterator<char>(file), {}, '\n') == 89);  // none was done twice
}

TEST_CASE("lines of another plan, and lines whose runs stand elsewhere than the search puts them, are refused") {
  Json json = small_boundary();
  json["runs"] = 8;
  const BoundaryPlan plan = plan_of(json);
  Folder folder;
  sim::ThreadTeam team(1);
  const std::vector<BoundaryRun> runs = run_boundary(plan, folder.path / "a", team, {});
  std::string header;
  std::getline(std::ifstream(folder.path / "a"), header);
  std::string moved = header + "\n";
  for (std::string line : resumed_lines(folder.path / "a", header, "boundary")) {
    const std::string value = "\"value\":8.0";
    if (has(line, value)) line.replace(line.find(value), value.size(), "\"value\":7.0");
    moved += sealed_line(line) + "\n";
  }
  std::ofstream(folder.path / "b") << moved;
  CHECK(has(message_of<InputError>([&] { run_boundary(plan, folder.path / "b", team, {}); }), "value: found 7"));
  json["runs"] = 16;
  BoundaryPlan other = plan_of(json);
  CHECK_THROWS_AS(run_boundary(other, folder.path / "a", team, {}), InputError);
}

TEST_CASE("made-up runs, pure above 2 and 4, and below them when falling: contours there, as values of the setting") {
  sim::ThreadTeam team(2);
  for (const bool rising : {true, false}) {
    Json json = small_boundary();
    json["search"]["direction"] = rising ? "rising" : "falling";
    const BoundaryPlan plan = plan_of(json);
    const auto runs =
        made_up(plan, [&](std::size_t row, double value) { return (value > (row == 0 ? 2 : 4)) == rising; });
    const auto found = row_outcomes(plan, runs, team);
    for (const std::size_t row : {0U, 1U}) {
      const ValueContour& half = found[row][0].contours[0];
      REQUIRE(half.finding == ContourFinding::found);
      CHECK(close(half.value, row == 0 ? 2 : 4, 0, 0.03));  // runs stand 2.8 % apart
      CHECK(half.lower < half.value);
      CHECK(half.upper > half.value);
      const double nine = found[row][0].contours[1].value;
      CHECK((rising ? nine > half.value : nine < half.value));
      const std::vector<double>& response = found[row][0].response;
      CHECK(
          (rising ? response.back() > 0.9 && response.front() < 0.1 : response.back() < 0.1 && response.front() > 0.9));
    }
    // No run is covered: P < .5 everywhere, so with a falling outcome the place lies below the range.
    const ContourFinding covered = found[0][2].contours[0].finding;
    CHECK(covered == (rising ? ContourFinding::above_range : ContourFinding::below_range));
    CHECK(std::isnan(found[0][2].contours[0].value));
  }
}

TEST_CASE("made-up runs, pure between 2 and 4 only, or in the other direction than stated: not monotone, no number") {
  sim::ThreadTeam team(2);
  const BoundaryPlan plan = plan_of(small_boundary());
  const auto runs =
      made_up(plan, [](std::size_t row, double value) { return row == 0 ? value > 1.5 && value < 4 : value < 2; });
  const auto found = row_outcomes(plan, runs, team);
  for (const std::size_t row : {0U, 1U}) {
    CHECK(found[row][0].contours[0].finding == ContourFinding::not_monotone);
    CHECK(std::isnan(found[row][0].contours[0].value));
    CHECK(std::isnan(found[row][0].contours[0].upper));
  }
  CHECK(boundary_page(plan, runs, found).find("| not monotone | not monotone |") != std::string::npos);
}

TEST_CASE("three classes at P = .9: N ln(N/delta) = 3 ln 30 = 10.2, exact coverage from M = 9 on, in file and page") {
  Json json = small_boundary();
  json["rows"] = {{"path", "data.classes"}, {"values", {3}}};
  json["search"] = {{"path", "model.experts"}, {"low", 2},        {"high", 40},
                    {"scale", "log"},          {"integer", true}, {"direction", "rising"}};
  const BoundaryPlan plan = plan_of(json);
  const ExpertTheory theory = expert_theory(plan, 0, 0.9);
  CHECK(close(theory.sufficient, 3 * std::log(30.0), 0, 1e-14));
  CHECK(theory.coverage == 9);
  sim::ThreadTeam team(2);
  const auto runs = made_up(plan, [](std::size_t, double value) { return value > 12; });
  const auto found = row_outcomes(plan, runs, team);
  CHECK(boundary_page(plan, runs, found).find("| 10.2 | 9 |") != std::string::npos);
  const analysis::Dataset file = boundary_dataset(plan, runs, found);
  CHECK(file.dimensions.at("run") == 100);
  const auto* coverage = analysis::find_variable(file, "coverage_exact");
  REQUIRE(coverage != nullptr);
  CHECK(close(std::get<std::vector<double>>(coverage->values)[1], 2.0 / 9, 0, 1e-13));  // M = 3: 3!/27
}
