#include "scenarios/measure/specialisation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/seeds.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

// Three experts on mot/three_stage; w_0 = 4 v_0 - 2 v_1, w_1 = 3 v_1 + v_2, w_2 = 5 v_2 + v_0, theta_i = c_i.
struct ByHand {
  sim::Experiment experiment = prepare_experiment(load_scenario("mot/three_stage", {{"model.experts", "3"}}));
  sim::Problem problem = problem_of(experiment);
  sim::Parameters parameters = experiment.initial;
  sim::Routing routing;

  ByHand() {
    Matrix table(3, 3);   // (expert, class)
    table << 4, -2, 0, 0, 3, 1, 1, 0, 5;
    parameters.ffn = experiment.data->label_signal.transpose() * table.transpose();
    parameters.gate = experiment.data->class_signal.transpose();
    routing.weight = Matrix::Zero(3, experiment.data->samples());
    for (Index k = 0; k < experiment.data->samples(); ++k) routing.weight(class_of(k), k) = 1;
  }
  int class_of(Index sample) const { return experiment.data->class_index[static_cast<std::size_t>(sample)]; }
  Specialisation found(double least_share = 0.01) const {
    return specialisation(problem, parameters, routing, least_share);
  }
};

constexpr double rounding = 1e-14;   // of products with orthonormal signals

}  // namespace

TEST_CASE(
    "experts 4 v_0 - 2 v_1, 3 v_1 + v_2, 5 v_2 + v_0, each with its class: least ratio 4/|-2| = 2, both purities 1") {
  const Specialisation found = ByHand().found();
  CHECK(close(found.least_ratio, 2, 0, rounding));
  CHECK(found.least_purity == 1);
  CHECK(close(found.least_purity_noisy, 1, rounding, 0));
}

TEST_CASE(
    "class 0 with half a percent at its own expert, the rest at expert 1: its ratio is that of expert 1, 0/3, its "
    "noisy purity .005") {
  ByHand world;
  for (Index k = 0; k < world.routing.weight.cols(); ++k) {
    if (world.class_of(k) == 0) world.routing.weight.col(k) << 0.005, 0.995, 0;
  }
  CHECK(close(world.found().least_ratio, 0, rounding, 0));
  CHECK(close(world.found(0.004).least_ratio, 2, 0, rounding));   // now half a percent is load
  CHECK(close(world.found().least_purity_noisy, 0.005, 0, 1e-12));
  CHECK(world.found().least_purity == 1);   // the noise-free gate still sends every class to its own expert
}

TEST_CASE("a gate that takes class 0 for class 2: noise-free purity 0, whatever the noisy routing is") {
  ByHand world;
  world.parameters.gate.col(0).setZero();
  world.parameters.gate.col(2) += world.experiment.data->class_signal.row(0).transpose();
  CHECK(world.found().least_purity == 0);
  CHECK(close(world.found().least_purity_noisy, 1, rounding, 0));
}

TEST_CASE("class-pure from a share of .99 in both routings, exactly pure from 1 - 1e-9, NaN is neither") {
  const auto purities = [](double clean, double noisy) { return Specialisation{0, clean, noisy}; };
  CHECK(is_class_pure(purities(0.99, 0.99)));
  CHECK_FALSE(is_class_pure(purities(0.9899, 1)));
  CHECK_FALSE(is_class_pure(purities(1, 0.9899)));
  CHECK_FALSE(is_exactly_pure(purities(0.99, 0.99)));
  CHECK(is_exactly_pure(purities(1 - 1e-10, 1 - 1e-10)));
  CHECK_FALSE(is_exactly_pure(purities(1 - 1e-8, 1)));
  CHECK_FALSE(is_exactly_pure(purities(1, 1 - 1e-8)));
  CHECK_FALSE(is_class_pure(purities(std::nan(""), 1)));
  CHECK_FALSE(is_exactly_pure(purities(1, std::nan(""))));
}
