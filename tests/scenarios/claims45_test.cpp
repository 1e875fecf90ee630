#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/conditioning.h"
#include "scenarios/measure/conflict_comparison.h"
#include "scenarios/measure/curvature_along.h"
#include "scenarios/measure/curvature_slopes.h"
#include "scenarios/measure/frozen_stage.h"
#include "tests/close.h"
#include "theory/class_conflict.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

sim::Experiment one_seed(const Scenario& scenario) { return prepare_experiment(with_seed(scenario, 0)); }

/// The conflict of an experiment's model at given FFN columns, under the routing that it would draw at step 0.
ClassConflict conflict_at(const sim::Experiment& experiment, const Matrix& ffn) {
  sim::Problem problem = problem_of(experiment);
  sim::Parameters parameters = experiment.initial;
  parameters.ffn = ffn;
  sim::Routing routing;
  const Matrix* draw = experiment.recorded_noise.empty() ? nullptr : &experiment.recorded_noise[0];
  problem.route(parameters, {0, 0, experiment.config.model.gate.noise, draw}, routing);
  return class_conflict(problem, parameters, routing, "ffn");
}

/// w = a sum_n v_n in every column.
Matrix label_sum(const sim::Experiment& experiment, double a) {
  const Vector sum = a * experiment.data->label_signal.colwise().sum().transpose();
  return sum.replicate(1, experiment.initial.ffn.cols());
}

ConditioningPoints made_up(double condition, double floor, bool defined, std::size_t count) {
  return ConditioningPoints(count, {{condition, 1, condition, floor, defined}, true, 0});
}

/// So many seeds at one level, their mixed experts of two classes with this cancellation ratio.
ConflictPoints at_ratio(double ratio, std::size_t count = 10) {
  ConflictAtLevel point{0.2, 30, 0.19, {}};
  point.ffn.mixed.classes = 2;
  point.ffn.mixed.cancellation = ratio;
  return ConflictPoints(count, point);
}

Verdict slopes_verdict(const std::vector<double>& slope) {
  CurvatureSlopes found;
  found.slope = slope;
  return constant_curvature_verdict(found);
}

}  // namespace

TEST_CASE(
    "one head at a = 0.4: class cosine -.0575/.365 and cancellation .75/1.095, by hand, by theory and by the "
    "simulator") {
  // A = .6, B = .05: <g, g'> = -2AB + B^2 = -.0575, |g|^2 = A^2 + 2B^2 = .365, |sum|^2 = 3 (A - 2B)^2 = .75; L = (.36 +
  // .04)/2 = .2.
  const theory::UniformHeadConflict predicted = theory::uniform_head_conflict({1, 3, 0.5, 3}, 0.2);
  CHECK(close(predicted.scale, 0.4, 0, 1e-14));  // a few roundings
  CHECK(close(predicted.cosine, -0.0575 / 0.365, 0, 1e-13));
  CHECK(close(predicted.cancellation, 0.75 / 1.095, 0, 1e-13));
  const sim::Experiment experiment = one_seed(three_stage_of("single"));
  const ClassConflict measured = conflict_at(experiment, label_sum(experiment, 0.4));
  CHECK(close(measured.all.min_cosine, -0.0575 / 0.365, 0, 1e-13));
  CHECK(close(measured.mixed.cancellation, 0.75 / 1.095, 0, 1e-13));
  CHECK(measured.one_class_load == 0);
}

TEST_CASE("the closed form at its ends: orthogonal at w = 0, full cancellation at the floor, outside is refused") {
  const theory::MixtureAmplitudes mixture{1, 3, 0.5, 3};
  CHECK(theory::uniform_head_conflict(mixture, 0.5).cancellation == 1);
  CHECK(close(theory::uniform_head_floor(mixture), 0.1, 0, 1e-15));
  const theory::UniformHeadConflict floor = theory::uniform_head_conflict(mixture, theory::uniform_head_floor(mixture));
  CHECK(close(floor.cosine, -0.5, 1e-7, 0));  // a is the double root: half the digits
  CHECK(close(floor.cancellation, 0, 1e-13, 0));
  CHECK_THROWS_AS(theory::uniform_head_conflict(mixture, 0.09), std::invalid_argument);
  CHECK_THROWS_AS(theory::uniform_head_conflict(mixture, std::nan("")), std::invalid_argument);
}

TEST_CASE("experts of one class each are orthogonal and not scored, experts that share all classes are a single head") {
  const sim::Experiment plain = one_seed(three_stage_assigned(3, 1));
  const sim::Experiment oracle = with_assignment(plain, oracle_partition(*plain.data));
  const ClassConflict apart = conflict_at(oracle, label_sum(oracle, 0.4));
  CHECK(close(apart.all.cancellation, 1, 0, 1e-14));  // two orders of one sum
  CHECK(apart.all.min_cosine == 0);
  CHECK(apart.mixed.classes == 0);
  CHECK(close(apart.one_class_load, 1, 1e-15, 0));
  // theta = 0 and expected routing: q = 1/24 each, so 24 copies of the single head's gradients.
  const sim::Experiment shared = one_seed(three_stage_of("mot"));
  CHECK(close(conflict_at(shared, label_sum(shared, 0.4)).mixed.cancellation, 0.75 / 1.095, 0, 1e-12));
}

TEST_CASE("a partition is even, blind to class, a function of the seed, a bad one is refused") {
  const std::vector<Index> partition = random_partition(24, 3, 7);
  for (Index expert = 0; expert < 3; ++expert) CHECK(std::count(partition.begin(), partition.end(), expert) == 8);
  CHECK(partition == random_partition(24, 3, 7));
  CHECK(partition != random_partition(24, 3, 8));
  const sim::Experiment experiment = one_seed(three_stage_assigned(3, 1));
  CHECK(oracle_partition(*experiment.data)[23] == 2);
  const std::vector<Index> strays = oracle_partition(*experiment.data, 23);  // samples 0 and 23
  CHECK(strays[0] == 1);
  CHECK(strays[1] == 0);
  CHECK(strays[23] == 0);
  CHECK_THROWS_AS(with_assignment(experiment, {0, 1}), std::invalid_argument);
  CHECK_THROWS_AS(with_assignment(experiment, std::vector<Index>(24, 3)), std::invalid_argument);
}

TEST_CASE(
    "the frozen stage of a pure run: three problems that sum to the model's loss, .125 per unit load under uniform "
    "attention") {
  const FrozenStage stage = frozen_stage(three_stage_of("mot"), 0, 1);
  REQUIRE(stage.exactly_pure);
  CHECK(stage.leak == 0);
  CHECK(stage.experts.size() == 3);
  double loss = 0;
  for (const FrozenExpert& expert : stage.experts) loss += analysis::frozen_value(expert.problem, expert.start);
  sim::Problem problem = problem_of(stage.end.experiment);
  sim::Evaluation evaluation;
  problem.evaluate(stage.end.state.parameters, stage.end.routing, {}, evaluation);
  CHECK(close(loss, evaluation.loss, 0, 1e-13));  // two orders of one sum
  const StageConditioning found = conditioning(stage);
  CHECK(close(found.curvature_min, 0.125, 0, 1e-12));  // gamma^2/(N-1), rounding of the eigenproblem
  CHECK(close(found.curvature_max, 9, 0, 1e-12));      // beta^2
  CHECK(close(stage.curvature_max, 3, 0, 1e-12));      // with its load of 1/3
}

TEST_CASE("an untrained gate leaks: the subtask is undefined, not well conditioned") {
  const FrozenStage stage = frozen_stage(load_scenario("mot/three_stage", stages_without_gate()), 0, 1);
  CHECK(close(stage.leak, 1, 1e-12, 0));
  CHECK_FALSE(stage.exactly_pure);
  CHECK_FALSE(conditioning(stage).defined);
  CHECK(std::isnan(conditioning(stage).condition));
}

TEST_CASE("the verdict of M5: a decade better in one of two, certainly in neither, or nothing to say") {
  const ConditioningPoints mot = made_up(1e-2, 1e-13, true, 12);
  CHECK(advantage(mot, made_up(1e-5, 0, true, 12)).verdict == Verdict::supported);     // conditioning
  CHECK(advantage(mot, made_up(1e-1, 0.03, true, 12)).verdict == Verdict::supported);  // floor
  CHECK(advantage(mot, made_up(5e-3, 1e-12, true, 12)).verdict == Verdict::refuted);   // floors below 1e-9 are equal
  CHECK(advantage(made_up(1e-2, 0, true, 8), made_up(1e-5, 0, true, 8)).verdict ==
        Verdict::inconclusive);  // too few seeds
  CHECK_THROWS_AS(advantage(mot, made_up(1e-5, 0, true, 8)), std::invalid_argument);
  CHECK(advantage(made_up(1e-2, 0, false, 12), made_up(1e-5, 0, true, 12)).verdict == Verdict::inconclusive);
  CHECK(all_of({advantage(mot, mot), advantage(mot, made_up(1e-5, 0, true, 12))}) == Verdict::refuted);
}

TEST_CASE("a floor that could not be certified is not negligible, and a lambda_min within rounding counts as that") {
  CHECK(advantage(made_up(1e-2, std::nan(""), true, 12), made_up(1e-2, 0.03, true, 12)).verdict ==
        Verdict::inconclusive);
  FrozenStage stage = frozen_stage(load_scenario("mot/three_stage", {{"stages.2.steps", "0"}}), 0);
  REQUIRE(conditioning(stage).defined);
  for (FrozenExpert& expert : stage.experts) expert.problem.weights.tail(expert.problem.weights.size() - 1) *= 1e-20;
  const double condition = conditioning(stage).condition;  // 1e-20 or so, or below 0, by the eigenvalues
  CHECK((condition > 1e-16 && condition < 1e-12));
}

TEST_CASE("a curvature of losses that underflow is not defined, so that no slope rests on it") {
  FrozenStage stage = frozen_stage(load_scenario("mot/three_stage"), 0);
  const sim::Problem problem = problem_of(stage.end.experiment);
  double margin = 0;
  const auto is_defined = [&](double scale, double tilt) {
    sim::Parameters parameters = stage.end.state.parameters;
    parameters.ffn = scale * (parameters.ffn.array() + tilt);
    const CurvaturePoint point = curvature_point(problem, parameters, stage.end.routing, "exponential");
    if (scale == 100) CHECK(point.loss > 1e-300);
    if (scale == 1) margin = -std::log(point.loss);
    return point.defined;
  };
  CHECK(is_defined(1, 0));
  CHECK(is_defined(650 / margin, 0));        // e^-650
  CHECK_FALSE(is_defined(720 / margin, 0));  // subnormal, with a curvature to match
  CHECK_FALSE(is_defined(1e3, 0));           // e^-1000
  CHECK_FALSE(is_defined(100, 0.3));         // margins tens apart: lambda_min / lambda_max below rounding
}

TEST_CASE("curvature along stage III: constant for squared loss") {
  const CurvatureCurve curve = curvature_along(load_scenario("mot/three_stage", {{"stages.2.steps", "200"}}), 0);
  REQUIRE(curve.exactly_pure);
  CHECK(curve.points.size() >= 15);
  CHECK(curve.points.front().stage_step == 0);
  CHECK(curve.points.back().stage_step == 200);
  CHECK(close(curvature_slope(curve), 0, 1e-9, 0));  // lambda_min to 1e-15 over decades of loss
}

TEST_CASE("the slope of a made-up curve lambda = loss^2 is 2, undefined points left out") {
  CurvatureCurve curve;
  for (const double loss : {1.0, 0.5, 0.25})
    curve.points.push_back({.loss = loss, .curvature_min = loss * loss, .ratio = loss, .defined = true});
  curve.points.push_back({.loss = 1e-3, .curvature_min = 7, .ratio = 7, .defined = false});
  CHECK(close(curvature_slope(curve), 2, 0, 1e-13));
  CHECK(last_defined(curve)->loss == 0.25);
  curve.points.resize(1);
  CHECK(std::isnan(curvature_slope(curve)));
}

TEST_CASE(
    "the verdict of M5 on logistic loss: a slope below a half in the whole interval is a constant, above it none") {
  CHECK(slopes_verdict({0.48, 0.49, 0.48, 0.49}) == Verdict::supported);     // .485 +- .009
  CHECK(slopes_verdict({0.48, 0.50, 0.49, 0.51}) == Verdict::inconclusive);  // .495 +- .021
  CHECK(slopes_verdict({0.51, 0.52, 0.51, 0.52}) == Verdict::refuted);
  CHECK(slopes_verdict({0, 0}) == Verdict::inconclusive);  // two seeds
}

TEST_CASE("the verdict of M4: a ratio higher by more than a tenth in ten pairs of scored seeds") {
  const ConflictPoints single = at_ratio(0.5);
  CHECK(compare_conflict(at_ratio(0.601), single).verdict == Verdict::supported);
  CHECK(compare_conflict(at_ratio(0.599), single).verdict == Verdict::refuted);
  ConflictPoints spread = at_ratio(0.55);
  for (std::size_t i = 0; i < spread.size(); i += 2) spread[i].ffn.mixed.cancellation = 0.65;
  CHECK(compare_conflict(spread, single).verdict == Verdict::inconclusive);  // .1 +- .038
  CHECK(compare_conflict(at_ratio(0.9, 9), at_ratio(0.5, 9)).verdict == Verdict::inconclusive);
  ConflictPoints pure = at_ratio(0.9), late = at_ratio(0.9);
  pure[3].ffn.mixed.classes = 0;  // one-class experts only
  late[3].step = -1;
  for (const ConflictPoints& nine : {pure, late}) {
    CHECK(compare_conflict(nine, single).first.size() == 9);
    CHECK(compare_conflict(nine, single).verdict == Verdict::inconclusive);
  }
}
