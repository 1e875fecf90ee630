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
#include "tests/scenarios/small_map.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

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
  map = small_map();
  map["optimizers"][1]["steps"] = 400;
  CHECK(refusal(map) == "");
  map["optimizers"][1]["steps"] = 401;  // more than the map's own budget
  CHECK(refusal(map).find("optimizers.1.steps") != std::string::npos);
}

TEST_CASE("an optimiser with a budget of 7 steps takes 7, the others the map's 400") {
  Folder folder;
  Json json = small_map();
  json["optimizers"][1]["steps"] = 7;
  const LawMapPlan plan = load_map(folder.write(json));
  MapCell cell{0, 1, 0, 0, StepRule::equal, MapSchedule::frozen};
  const MapPrefix prefix = map_prefix(plan, cell, 0);
  CHECK(run_cell(plan, cell, 0, &prefix, [] { return true; }).steps == 400);
  cell.optimizer = 1;
  CHECK(run_cell(plan, cell, 0, &prefix, [] { return true; }).steps == 7);
}

TEST_CASE(
    "blocks that a model does not have leave its stages: MoT I ffn gate, II attention gate, attention-free no stage "
    "II, joint none") {
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
    "law of a gap: curve and T(eps) must agree over three decades, at its infimum it is a floor, unmoved is unclear") {
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

TEST_CASE(
    "squared hinge ends at exactly 0, logistic with L2 falls to its objective's L*, and its loss to a floor above 0") {
  Json json = small_map();
  json["steps"] = 4000;
  json["losses"] = {{{"name", "squared_hinge"}, {"differences", {{"loss.kind", "squared_hinge"}}}},
                    {{"name", "l2"}, {"differences", {{"loss.kind", "logistic"}, {"loss.l2", 1e-3}}}}};
  json["optimizers"] = {{{"name", "gd"}, {"learning_rate", 0.02}}};
  json.erase("joint");
  Folder folder;
  const LawMapPlan plan = load_map(folder.write(json));
  const auto run = [&](std::size_t model, std::size_t loss) {
    const MapCell cell{model, loss, 0, 0, StepRule::lambda_max, MapSchedule::frozen};
    const MapPrefix prefix = map_prefix(plan, cell, 0);
    return run_cell(plan, cell, 0, &prefix, [] { return true; });
  };
  const CellRun hinge = run(0, 0);
  CHECK(hinge.prediction_loss.back() == 0);
  CHECK(hinge.to_zero.law == GapLaw::exact);
  CHECK(hinge.to_floor.law == GapLaw::exact);
  const CellRun regular = run(0, 1);
  CHECK(regular.to_zero.law == GapLaw::floor);
  CHECK(regular.to_floor.law == GapLaw::log);
  CHECK(regular.limit > 0);
  CHECK(regular.limit < regular.floor);  // L* counts the L2 too
  CHECK(close(regular.prediction_loss.back(), regular.limit, 0, 1e-3));
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
