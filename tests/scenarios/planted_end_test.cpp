#include "scenarios/measure/planted_end.h"

#include <doctest/doctest.h>

#include "scenarios/measure/label_mass.h"
#include "scenarios/measure/specialisation.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

Scenario six_experts() { return load_scenario("mot/three_stage", {{"model.experts", "6"}}); }

Specialisation specialised(const FinalState& end) {
  return specialisation(problem_of(end.experiment), end.state.parameters, end.routing);
}

}  // namespace

TEST_CASE("planted: two experts a class, ratio 1/(1/4) = 4, exactly pure in both routings") {
  const FinalState end = planted_end(six_experts(), 5, classes_in_turn(6, 3));
  const Specialisation found = specialised(end);
  CHECK(close(found.least_ratio, 4, 0, 1e-14));
  CHECK(is_exactly_pure(found));
  CHECK(close(end.routing.weight.maxCoeff(), 0.5, 0, 1e-13));  // shared evenly between the two
}

TEST_CASE("planted: a class without an expert is not pure, its samples find all logits equal") {
  const FinalState end = planted_end(six_experts(), 5, {0, 0, 0, 1, 1, 1});
  CHECK_FALSE(is_class_pure(specialised(end)));
  CHECK(specialised(end).least_purity_noisy == 0);
}

TEST_CASE("planted: of four queries one, the label's own, has e/(e + 3) on the label token instead of 1/4") {
  const StageTwoMass found = stage_two_mass(planted_end(six_experts(), 5, classes_in_turn(6, 3)));
  CHECK(found.completed);
  CHECK(found.pure);
  const double e = std::exp(1.0), rise = (e / (e + 3) - 0.25) / 4;
  CHECK(close(found.least_rise, rise, 0, 1e-13));
  CHECK(close(found.mean_rise, rise, 0, 1e-13));
}

TEST_CASE("planted: a class for each expert, and a model of that kind, or it is refused") {
  CHECK_THROWS_AS(planted_end(six_experts(), 0, {0, 1, 2}), std::invalid_argument);
  CHECK_THROWS_AS(planted_end(load_scenario("mot/single_transformer"), 0, {0}), std::invalid_argument);
}
