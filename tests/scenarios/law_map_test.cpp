#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/map/run_map.h"
#include "scenarios/map/summary.h"
#include "scenarios/measure/stage_three.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

Json small_map() {
  return Json::parse(
      R"({"base": "mot/three_stage", "differences": {"data.heldout": 0}, "steps": 400, "fraction": 1, "seeds": 2,
    "models": [{"name": "mot", "differences": {}},
               {"name": "two", "differences": {"model.kind": "single", "model.heads": 2}},
               {"name": "relu", "differences": {"model.kind": "two_head_relu"}}],
    "losses": [{"name": "squared", "differences": {}}, {"name": "logistic", "differences": {"loss.kind": "logistic"}}],
    "noises": [{"name": "none", "differences": {}}],
    "optimizers": [{"name": "gd", "learning_rate": {"squared": 0.02, "logistic": 3}},
                   {"name": "newton", "learning_rate": 0.3}],
    "joint": {"optimizers": ["gd"], "learning_rate": {"ffn": 0.05, "attention": 0.3, "gate": 1}}})");
}

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("law_map_" + std::to_string(std::rand()));
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const Json& json) const {
    const std::filesystem::path file = path / "map.json";
    std::ofstream(file) << json.dump();
    return file.string();
  }
};

std::string refusal(const Json& json) {
  Folder folder;
  try {
    load_map(folder.write(json));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> lines_of(const std::vector<StoredRun>& runs) {
  std::vector<std::string> lines;
  for (const StoredRun& run : runs) lines.push_back(line_of(run));
  return lines;
}

analysis::LawFit fit_of(analysis::Law law, double floor = 0) {
  analysis::LawFit fit;
  fit.law = law;
  fit.floor = floor;
  return fit;
}

analysis::StepsLaw steps_of(analysis::StepsLaw::Kind kind, double decades = 4) {
  analysis::StepsLaw law;
  law.kind = kind;
  law.decades = decades;
  return law;
}

}  // namespace

TEST_CASE(
    "the shipped map: 8 models x 5 losses x 3 noises x (5 x 2 + 2 optimisers and step rules, and gd on all blocks)") {
  const LawMapPlan plan = load_map("mot/law_map");
  CHECK(cells_of(plan).size() == 8 * 5 * 3 * (5 * 2 + 2 + 1));
}

TEST_CASE(
    "a map is refused by key and value: unknown names, repeated names, missing rates, differences that no scenario "
    "has") {
  Json map = small_map();
  CHECK(refusal(map) == "");
  map["optimizers"][0]["name"] = "gdd";
  CHECK(refusal(map).find("optimizers.0.name") != std::string::npos);
  map = small_map();
  map["models"][1]["name"] = "mot";
  CHECK(refusal(map).find("models.1.name") != std::string::npos);
  map = small_map();
  map["models"][1]["name"] = "a b";  // names become words of one attribute
  CHECK(refusal(map).find("models.1.name") != std::string::npos);
  map = small_map();
  map["optimizers"][0]["learning_rate"].erase("logistic");
  CHECK(refusal(map).find("optimizers.0.learning_rate.logistic") != std::string::npos);
  map = small_map();
  map["losses"][1]["differences"] = {{"loss.knd", "logistic"}};
  CHECK(refusal(map).find("loss.knd") != std::string::npos);
  map = small_map();
  map["fraction"] = 2;
  CHECK(refusal(map).find("fraction") != std::string::npos);
}

TEST_CASE(
    "blocks that a model does not have leave its stages: MoT I ffn gate, II attention gate; attention-free no stage "
    "II; joint none") {
  Json json = small_map();
  json["models"].push_back({{"name", "free"}, {"differences", {{"model.kind", "attention_free"}}}});
  Folder folder;
  const LawMapPlan plan = load_map(folder.write(json));
  const auto stages = [&](std::size_t model, MapSchedule schedule) {
    return regime_of(plan, {model, 0, 0, 0, StepRule::equal, schedule}).config.stages;
  };
  REQUIRE(stages(0, MapSchedule::frozen).size() == 2);
  CHECK(stages(0, MapSchedule::frozen)[1].train.size() == 2);
  CHECK(stages(1, MapSchedule::frozen)[0].train.size() == 1);  // single: no gate
  CHECK(stages(3, MapSchedule::frozen).size() == 1);
  CHECK(stages(0, MapSchedule::joint).empty());
}

TEST_CASE(
    "law of a gap: curve and T(eps) must agree over three decades; at its infimum it is a floor; unmoved is unclear") {
  using analysis::Law;
  using Kind = analysis::StepsLaw::Kind;
  const double unknown = std::nan("");
  CHECK(gap_law(fit_of(Law::exponential), steps_of(Kind::log), 1e-9, unknown) == GapLaw::log);
  CHECK(gap_law(fit_of(Law::power), steps_of(Kind::power), 1e-9, unknown) == GapLaw::power);
  CHECK(gap_law(fit_of(Law::power), steps_of(Kind::log), 1e-9, unknown) == GapLaw::unclear);
  CHECK(gap_law(fit_of(Law::exponential), steps_of(Kind::log, 2.9), 1e-9, unknown) == GapLaw::unclear);
  CHECK(gap_law(fit_of(Law::exponential, 1e-3), steps_of(Kind::log), 1e-2, unknown) == GapLaw::floor);
  CHECK(gap_law(fit_of(Law::inconclusive), steps_of(Kind::inconclusive), 0.99, 0.95) == GapLaw::floor);
  CHECK(gap_law(fit_of(Law::inconclusive), steps_of(Kind::inconclusive), 0.99, 0.85) == GapLaw::unclear);
  CHECK(gap_law(fit_of(Law::constant), steps_of(Kind::inconclusive), 0.89, unknown) == GapLaw::floor);
  CHECK(gap_law(fit_of(Law::constant), steps_of(Kind::inconclusive), 0.91, unknown) == GapLaw::unclear);
  analysis::StepsLaw above_floor = steps_of(Kind::log);
  above_floor.floor = 1e-3;
  CHECK(gap_law(fit_of(Law::exponential), above_floor, 1e-9, unknown) == GapLaw::unclear);
}

TEST_CASE(
    "by StepRule::lambda_max every optimiser's first step is c g/lambda_max long, for the expert with the largest "
    "gradient") {
  Json json = small_map();
  json["fraction"] = 0.5;
  json["optimizers"] = Json::array();
  for (const char* name : {"gd", "normalized_gd", "gd_over_loss", "momentum"})
    json["optimizers"].push_back({{"name", name}, {"learning_rate", 1}});
  Folder folder;
  const LawMapPlan plan = load_map(folder.write(json));
  for (const std::size_t loss : {0, 1}) {
    for (const std::size_t model : {0, 1, 2}) {
      MapCell cell{model, loss, 0, 0, StepRule::lambda_max, MapSchedule::frozen};
      const MapPrefix prefix = map_prefix(plan, cell, 0);
      for (cell.optimizer = 0; cell.optimizer < plan.optimizers.size(); ++cell.optimizer) {
        sim::Experiment experiment = prefix.start.experiment;
        experiment.initial = prefix.start.state.parameters;
        experiment.config.stages = {
            {"one",
             1,
             {{"ffn", {plan.optimizers[cell.optimizer].name, learning_rate_of(plan, cell, prefix)}}},
             {},
             false}};
        const FinalState end = train_experiment(experiment);
        const Index units = sim::build_architecture(experiment.config.model).units();
        double longest = 0;
        for (Index unit = 0; unit < units; ++unit)
          longest =
              std::max(longest, (end.state.parameters.ffn.col(unit) - experiment.initial.ffn.col(unit)).stableNorm());
        INFO(cell_name(plan, cell));
        // The difference of two parameters of size 10 carries rounding of 1e-15.
        CHECK(close(longest, 0.5 * prefix.gradient_norm / prefix.curvature_max, 1e-14, 1e-9));
      }
    }
  }
}

TEST_CASE(
    "lambda_max of a ReLU model: its loss is quadratic where no unit switches, so central differences of the gradient "
    "give it") {
  Folder folder;
  const LawMapPlan plan = load_map(folder.write(small_map()));
  const MapPrefix prefix = map_prefix(plan, {2, 0, 0, 0, StepRule::equal, MapSchedule::frozen}, 0);
  sim::Problem problem = problem_of(prefix.start.experiment);
  const sim::Parameters& at = prefix.start.state.parameters;
  const Index size = at.ffn.size();
  Matrix hessian(size, size);
  for (Index i = 0; i < size; ++i) {
    Vector gradient[2];
    for (const int side : {0, 1}) {
      sim::Parameters moved = at;
      moved.ffn(i) += side == 0 ? -1e-5 : 1e-5;
      sim::Evaluation evaluation;
      problem.evaluate(moved, prefix.start.routing, {true, false, false, false}, evaluation);
      gradient[side] = evaluation.gradient.ffn.reshaped();
    }
    hessian.col(i) = (gradient[1] - gradient[0]) / 2e-5;
  }
  const double largest = Eigen::SelfAdjointEigenSolver<Matrix>(hessian).eigenvalues().maxCoeff();
  CHECK(close(prefix.curvature_max, largest, 0, 1e-8));
}

TEST_CASE("a frozen cell is stage III of claim M6: same excess, same prediction, same learning rate") {
  Folder folder;
  const LawMapPlan plan = load_map(folder.write(small_map()));
  const MapCell cell{0, 0, 0, 0, StepRule::lambda_max, MapSchedule::frozen};
  const MapPrefix prefix = map_prefix(plan, cell, 3);
  const CellRun run = run_cell(plan, cell, 3, &prefix, [] { return true; });
  const StageThree stage = stage_three(regime_of(plan, cell), 3, 400);
  CHECK(close(run.learning_rate, stage.learning_rate, 0, 1e-12));
  REQUIRE(run.step.size() <= stage.time.size());
  for (std::size_t i = 0; i < run.step.size(); ++i) {
    REQUIRE(static_cast<double>(run.step[i]) == stage.time[i]);
    if (std::isnan(run.excess[i])) continue;
    CHECK(close(run.excess[i], stage.measured[i], 0, 1e-12));
    CHECK(close(run.predicted_excess[i], stage.predicted[i], 0, 1e-12));
    CHECK(close(run.excess[i], run.predicted_excess[i], 0, spectral_tolerance));
  }
}

TEST_CASE("the runs of a map do not depend on threads or on an interruption, and another map's runs are refused") {
  Folder folder;
  Json json = small_map();
  json["models"].erase(2);
  json["losses"].erase(1);
  const LawMapPlan plan = load_map(folder.write(json));
  sim::ThreadTeam one(1), two(2);
  const std::vector<StoredRun> whole = run_map(plan, folder.path / "a", one, {});
  CHECK(whole.size() >= cells_of(plan).size());
  CHECK(lines_of(run_map(plan, folder.path / "b", two, {})) == lines_of(whole));

  int done = 0;
  MapWatch watch;
  watch.done = [&] { ++done; };
  watch.proceed = [&] { return done < 3; };
  CHECK(run_map(plan, folder.path / "c", one, watch).size() == 3);
  std::ofstream(folder.path / "c", std::ios::app) << "{\"numbers\": {\"ce";  // killed while it wrote
  CHECK(lines_of(run_map(plan, folder.path / "c", two, {})) == lines_of(whole));

  json["steps"] = 401;
  CHECK_THROWS_AS(run_map(load_map(folder.write(json)), folder.path / "c", one, {}), InputError);
}

TEST_CASE("a stored run survives its line: NaN is null, numbers keep their bits") {
  StoredRun run;
  run.numbers = {{"cell", 3}, {"seed", 1}, {"law_zero", 1}, {"rate", 0.1}, {"floor", std::nan("")}};
  run.curves = {{"excess", {1e-300, std::nan(""), 1.0 / 3}}};
  const StoredRun back = run_of_line(line_of(run), "line");
  CHECK(back.number("rate") == 0.1);
  CHECK(std::isnan(back.number("floor")));
  CHECK(back.curves.at("excess")[0] == 1e-300);
  CHECK(std::isnan(back.curves.at("excess")[1]));
  CHECK(back.curves.at("excess")[2] == 1.0 / 3);
  CHECK_THROWS_AS(run_of_line("{\"numbers\": 3}", "line"), InputError);
  CHECK_THROWS_AS(run_of_line("[]", "line"), InputError);
}

TEST_CASE(
    "what an axis settles: 6 regimes, laws log log power power power floor; the loss tells 5 of 6, nothing 3 of 6") {
  std::vector<MapCell> cells(6);
  for (std::size_t i = 0; i < 6; ++i) cells[i].loss = i / 2, cells[i].model = i % 2;
  std::vector<CellLaw> laws(6);
  const GapLaw known[] = {GapLaw::log, GapLaw::log, GapLaw::power, GapLaw::power, GapLaw::power, GapLaw::floor};
  for (std::size_t i = 0; i < 6; ++i) laws[i].law = known[i];
  CHECK(close(settled_by(cells, laws, {}), 3.0 / 6, 0, 1e-15));
  CHECK(close(settled_by(cells, laws, {"loss"}), 5.0 / 6, 0, 1e-15));
  CHECK(close(settled_by(cells, laws, {"loss", "model"}), 1, 0, 1e-15));
  laws[5].law.reset();  // undecided ones do not count
  CHECK(close(settled_by(cells, laws, {}), 3.0 / 5, 0, 1e-15));
}

TEST_CASE("a cell's law: what its decided, class-pure runs agree on") {
  Folder folder;
  Json json = small_map();
  json.erase("joint");
  const LawMapPlan plan = load_map(folder.write(json));
  const auto run = [](double seed, bool pure, GapLaw law) {
    StoredRun stored;
    stored.numbers = {{"cell", 0},
                      {"seed", seed},
                      {"pure", pure},
                      {"law_zero", static_cast<double>(law)},
                      {"floor", std::nan("")},
                      {"stop_reason", 0},
                      {"rate_zero", 0.5},
                      {"exponent_zero", 1},
                      {"levels_off_at_zero", 0.1}};
    return stored;
  };
  const auto law = [&](const std::vector<StoredRun>& runs) { return cell_laws(plan, runs, "zero")[0]; };
  CHECK(*law({run(0, true, GapLaw::log)}).law == GapLaw::log);
  CHECK(*law({run(0, true, GapLaw::unclear), run(1, true, GapLaw::power)}).law == GapLaw::power);
  CHECK(law({run(0, false, GapLaw::log)}).note == "impure");
  CHECK(law({run(0, true, GapLaw::log), run(1, true, GapLaw::power)}).note == "mixed");
  CHECK(law({run(0, true, GapLaw::log), run(1, true, GapLaw::power), run(2, true, GapLaw::log)}).note == "mixed");
  CHECK(law({run(0, true, GapLaw::unclear)}).note == "unclear");
  CHECK(cell_laws(plan, {}, "zero")[0].note == "not run");
  CHECK(cell_laws(plan, std::vector{run(0, true, GapLaw::unclear)}, "floor")[0].note == "no L*");
}
