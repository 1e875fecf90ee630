#include "analysis/frozen_optimum.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

constexpr MarginLoss all_losses[] = {MarginLoss::squared, MarginLoss::squared_hinge, MarginLoss::logistic,
                                     MarginLoss::exponential};

/// The data of frozen_optimum_golden.py.
FrozenProblem golden_problem(MarginLoss loss, double l2) {
  FrozenProblem problem{loss, Matrix(4, 12), Vector(12), Vector(12), l2};
  for (Index k = 0; k < 12; ++k) {
    for (Index j = 0; j < 4; ++j) {
      const double argument =
          1.0 + 3.0 * static_cast<double>(j) + 0.75 * static_cast<double>(k * k) + static_cast<double>(j * k);
      problem.inputs(j, k) = (1 + 2 * static_cast<double>(k % 3)) * std::sin(argument);
    }
    problem.labels[k] = (problem.inputs(0, k) > 0 ? 1 : -1) * (k % 4 == 3 ? -1 : 1);
    problem.weights[k] = 1 / static_cast<double>(k + 1);
  }
  return problem;
}

struct Golden {
  MarginLoss loss;
  double l2, value;
  double minimiser[4];
};

// /usr/bin/python3 tests/analysis/frozen_optimum_golden.py
constexpr Golden golden[] = {
    {MarginLoss::logistic,
     0,
     0.77839769370824313751,
     {2.3457746905840921265, -1.6705993680735638851, 0.051915794352053503407, 1.4288181356327986792}},
    {MarginLoss::logistic,
     0.125,
     1.0311411520908422693,
     {1.2553652567127800809, -0.62561328428038680622, 0.095051797516142100062, 0.52629339495844984043}},
    {MarginLoss::exponential,
     0,
     1.2978722827004986527,
     {1.4048891056780310539, -1.0572385686193434555, -0.011609718925389062772, 0.80934216992626924803}},
    {MarginLoss::exponential,
     0.125,
     1.4540883744811653307,
     {1.0684178398587544891, -0.66166164336563447136, 0.00086927454068475816189, 0.49444534054457189882}},
    {MarginLoss::squared,
     0,
     0.69726081993217759578,
     {0.35710612080451378554, -0.12795814332520469784, 0.11017125004883686857, 0.06165610716238013006}},
    {MarginLoss::squared,
     0.125,
     0.70707021783063160032,
     {0.35119179866794663474, -0.1253064033702008118, 0.10544597599827473026, 0.063035698539942662744}},
    {MarginLoss::squared_hinge,
     0,
     0.47969064273882913458,
     {0.81089163431703121524, -0.57889837430815444284, 0.039134911607905113769, 0.5385867436028495144}},
    {MarginLoss::squared_hinge,
     0.125,
     0.54095128982633028415,
     {0.67728064984981711332, -0.41200542843877179181, 0.05379454587916536588, 0.353433546379777501}},
};

Matrix uniform_matrix(Index rows, Index columns, std::mt19937_64& generator) {
  Matrix matrix(rows, columns);
  for (double& x : matrix.reshaped()) x = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
  return matrix;
}

FrozenProblem random_problem(MarginLoss loss, Index features, Index samples, std::mt19937_64& generator) {
  FrozenProblem problem{loss, uniform_matrix(features, samples, generator), Vector(samples), Vector(samples), 0};
  problem.labels = uniform_matrix(samples, 1, generator).cwiseSign();
  problem.weights = uniform_matrix(samples, 1, generator).cwiseAbs();
  return problem;
}

}  // namespace

TEST_CASE("frozen optimum: value and minimiser of all losses, with and without L2, against 40-digit arithmetic") {
  for (const Golden& g : golden) {
    const FrozenOptimum optimum = frozen_optimum(golden_problem(g.loss, g.l2));
    CAPTURE(static_cast<int>(g.loss));
    CAPTURE(optimum.gradient_norm);
    CHECK(optimum.attained);
    CHECK(close(optimum.value, g.value, 0, 1e-14));   // the value is flat at the minimiser: rounding only
    for (Index j = 0; j < 4; ++j)
      CHECK(close(optimum.minimiser[j], g.minimiser[j], 1e-13, 1e-13));  // condition below 100
    CHECK(optimum.gradient_norm < 1e-14);
  }
}

TEST_CASE("frozen optimum: inputs e1 (y = 1, weight 3) and e1 (y = -1, weight 1): log 3, sqrt 3, 1/2 and 1/2 by hand") {
  FrozenProblem problem{MarginLoss::logistic, Matrix{{1.0, 1.0}, {0.0, 0.0}}, Vector{{1.0, -1.0}}, Vector{{3.0, 1.0}},
                        0};
  FrozenOptimum optimum = frozen_optimum(problem);   // 3 / (1 + e^w) = 1 / (1 + e^-w)
  CHECK(close(optimum.minimiser[0], std::log(3.0), 0, 1e-14));
  CHECK(close(optimum.value, 3 * std::log(4.0 / 3) + std::log(4.0), 0, 1e-14));
  CHECK(close(optimum.minimiser[1], 0, 1e-15, 0));   // least norm, up to the rotation of the solver
  problem.loss = MarginLoss::exponential;            // 3 e^-w = e^w
  optimum = frozen_optimum(problem);
  CHECK(close(optimum.minimiser[0], std::log(3.0) / 2, 0, 1e-14));
  CHECK(close(optimum.value, 2 * std::sqrt(3.0), 0, 1e-14));
  for (const MarginLoss loss : {MarginLoss::squared, MarginLoss::squared_hinge}) {
    problem.loss = loss;                             // 3 (1 - w) = 1 + w: w = 1/2, 3/2 * 1/4 + 1/2 * 9/4
    optimum = frozen_optimum(problem);
    CHECK(close(optimum.minimiser[0], 0.5, 0, 1e-14));
    CHECK(close(optimum.value, 1.5, 0, 1e-14));
  }
}

TEST_CASE(
    "frozen optimum: separable data: logistic and exponential L* = 0 is not attained, the hinge attains 0 at the "
    "widest margin") {
  FrozenProblem problem{MarginLoss::logistic, Matrix{{2.0, 0.0, 5.0}, {0.0, -4.0, 9.0}}, Vector{{1.0, -1.0, 1.0}},
                        Vector::Ones(3), 0};
  for (const MarginLoss loss : {MarginLoss::logistic, MarginLoss::exponential}) {
    problem.loss = loss;
    const FrozenOptimum optimum = frozen_optimum(problem);
    CHECK(optimum.value == 0);
    CHECK_FALSE(optimum.attained);
    CHECK(optimum.separated == std::vector<Index>{0, 1, 2});
    const Vector w = 100 * Vector{{1.0, 1.0}};   // the excess keeps its digits far down: e^-200 + e^-400 + e^-1400
    CHECK(close(frozen_excess(problem, optimum, w), std::exp(-200.0), 0, 1e-12));
  }
  problem.loss = MarginLoss::squared_hinge;
  const FrozenOptimum optimum = frozen_optimum(problem);
  CHECK(optimum.attained);
  CHECK(optimum.value < 1e-30);
  CHECK(close(optimum.minimiser[0], 0.5, 0, 1e-13));    // 2 w1 >= 1, 4 w2 >= 1, the third is slack
  CHECK(close(optimum.minimiser[1], 0.25, 0, 1e-13));
  problem.loss = MarginLoss::logistic;
  problem.l2 = 0.1;                                     // L2 makes every infimum attained
  CHECK(frozen_optimum(problem).attained);
  CHECK(frozen_optimum(problem).value > 0.1);
}

TEST_CASE("frozen optimum: partly separable: the point (5, 1) escapes along e2, the others decide: 2 sqrt 3 remains") {
  FrozenProblem problem{MarginLoss::exponential, Matrix{{1.0, 5.0, 1.0}, {0.0, 1.0, 0.0}}, Vector{{1.0, 1.0, -1.0}},
                        Vector{{3.0, 7.0, 1.0}}, 0};
  const FrozenOptimum optimum = frozen_optimum(problem);
  CHECK_FALSE(optimum.attained);
  CHECK(optimum.separated == std::vector<Index>{1});
  CHECK(close(optimum.value, 2 * std::sqrt(3.0), 0, 1e-14));
  const Vector far = optimum.minimiser + Vector{{0.0, 300.0}};   // 7 e^-(5 ln 3 / 2 + 300) above the infimum
  CHECK(close(frozen_excess(problem, optimum, far), 7 * std::exp(-2.5 * std::log(3.0) - 300), 0, 1e-12));
}

TEST_CASE("frozen optimum: a sample of weight 0 takes no part, not even in the separation") {
  FrozenProblem problem{MarginLoss::logistic, Matrix{{1.0, 1.0}}, Vector{{1.0, -1.0}}, Vector{{1.0, 0.0}}, 0};
  CHECK(frozen_optimum(problem).value == 0);
  CHECK(frozen_optimum(problem).separated == std::vector<Index>{0});
  problem.weights.setZero();
  for (const MarginLoss loss : all_losses) {
    problem.loss = loss;
    CHECK(frozen_optimum(problem).value == 0);
    CHECK(frozen_optimum(problem).minimiser.norm() == 0);
  }
}

TEST_CASE(
    "frozen optimum: 240 random problems, some rank-deficient: gradient at rounding, no lower value nearby, least "
    "norm") {
  std::mt19937_64 generator(4);
  for (int trial = 0; trial < 240; ++trial) {
    const MarginLoss loss = all_losses[trial % 4];
    const Index features = 2 + trial % 9, samples = 3 + trial % 37;
    FrozenProblem problem = random_problem(loss, features, samples, generator);
    if (trial % 5 == 0) problem.inputs.row(0) = 2 * problem.inputs.row(1);
    if (trial % 7 == 0) problem.inputs.col(1) = problem.inputs.col(0);
    const FrozenOptimum optimum = frozen_optimum(problem);
    CAPTURE(trial);
    REQUIRE(std::isfinite(optimum.value));
    CHECK(optimum.gradient_norm < 1e-12);   // weights and inputs are below 1: rounding times the number of samples
    for (int probe = 0; probe < 5; ++probe) {
      const Vector w = optimum.minimiser + 0.1 * Vector(uniform_matrix(features, 1, generator));
      CHECK(frozen_value(problem, w) >= optimum.value * (1 - 1e-12));
    }
    // Least norm: a minimiser has no part outside the span of the inputs.
    if (trial % 5 == 0)
      CHECK(std::abs(optimum.minimiser[0] - 2 * optimum.minimiser[1]) < 1e-11 * (1 + optimum.minimiser.norm()));
  }
}

TEST_CASE("frozen optimum: squared hinge in its flat valley: the least norm of all minimisers, by projections") {
  // e1 against itself pins w1 = 0 (margins 0 and 0); (1, 2) only needs w . (1, 2) >= 1: least norm (0, 1/2).
  const FrozenProblem problem{MarginLoss::squared_hinge, Matrix{{1.0, 1.0, 1.0}, {0.0, 0.0, 2.0}},
                              Vector{{1.0, -1.0, 1.0}}, Vector::Ones(3), 0};
  const FrozenOptimum optimum = frozen_optimum(problem);
  CHECK(close(optimum.value, 1, 0, 1e-14));
  CHECK(close(optimum.minimiser[0], 0, 1e-14, 0));
  CHECK(close(optimum.minimiser[1], 0.5, 0, 1e-13));
}

TEST_CASE(
    "frozen optimum: least norm is the limit of small L2, squared and squared hinge, 80 random problems with many "
    "minimisers") {
  std::mt19937_64 generator(6);
  for (int trial = 0; trial < 80; ++trial) {
    FrozenProblem problem = random_problem(all_losses[trial % 2], 8, 4 + trial % 5, generator);
    problem.inputs.bottomRows(2).setZero();
    if (trial % 3 == 0) problem.inputs.row(0) = problem.inputs.row(1) - problem.inputs.row(2);
    problem.inputs.col(2) = -problem.inputs.col(0);  // a conflict, so that some margins are pinned below 1 by the hinge
    problem.labels[2] = problem.labels[0];
    problem.weights.array() += 0.1;
    const FrozenOptimum optimum = frozen_optimum(problem);
    problem.l2 = 1e-8;
    const FrozenOptimum limit = frozen_optimum(problem);
    const double norm = optimum.minimiser.norm();
    CAPTURE(trial);
    CHECK(norm > 0.01);
    CHECK(limit.minimiser.norm() <= norm * (1 + 1e-12));   // L2 only shrinks
    CHECK((limit.minimiser - optimum.minimiser).norm() < 1e-3 * norm);   // l2 / smallest curvature
  }
}

TEST_CASE("frozen excess: equals value minus L* where that is accurate, and 1/2 move^T H move far below its rounding") {
  for (const MarginLoss loss : all_losses) {
    for (const double l2 : {0.0, 0.125}) {
      const FrozenProblem problem = golden_problem(loss, l2);
      const FrozenOptimum optimum = frozen_optimum(problem);
      const Vector move{{0.3, -0.2, 0.5, 0.1}};
      const double plain = frozen_value(problem, optimum.minimiser + move) - optimum.value;
      CHECK(close(frozen_excess(problem, optimum, optimum.minimiser + move), plain, 1e-14, 1e-12));
      const Vector near = optimum.minimiser + 1e-9 * move, exact_move = near - optimum.minimiser;
      const double quadratic = exact_move.dot(frozen_hessian(problem, optimum.minimiser) * exact_move) / 2;
      CHECK(quadratic < 1e-16);   // the plain difference would be rounding
      CHECK(close(frozen_excess(problem, optimum, near), quadratic, 0, 1e-7));   // third order: l'''/l'' * 1e-9 * |u|
      CHECK(frozen_excess(problem, optimum, optimum.minimiser) == 0);
    }
  }
}

TEST_CASE("frozen gradient and Hessian are the derivatives of value and gradient") {
  for (const MarginLoss loss : all_losses) {
    const FrozenProblem problem = golden_problem(loss, 0.125);
    const Vector w{{0.21, -0.13, 0.34, 0.08}};
    const double h = 1e-5;
    for (Index j = 0; j < 4; ++j) {
      const Vector step = h * Vector::Unit(4, j);
      const double slope = (frozen_value(problem, w + step) - frozen_value(problem, w - step)) / (2 * h);
      CHECK(close(frozen_gradient(problem, w)[j], slope, 1e-8, 1e-8));   // h^2 |u|^3 l'''/6, |u| <= 5 sqrt 4, l''' <= e
      const Vector column = (frozen_gradient(problem, w + step) - frozen_gradient(problem, w - step)) / (2 * h);
      CHECK((frozen_hessian(problem, w).col(j) - column).norm() < 1e-6 * column.norm());
    }
    CHECK(frozen_gradient(problem, w).norm() > 0.1);
  }
}

TEST_CASE("frozen optimum: bad input is refused") {
  const FrozenProblem good = golden_problem(MarginLoss::logistic, 0);
  FrozenProblem bad = good;
  bad.labels[3] = 0;
  CHECK_THROWS_AS(frozen_optimum(bad), std::invalid_argument);
  bad = good;
  bad.weights[3] = -1;
  CHECK_THROWS_AS(frozen_optimum(bad), std::invalid_argument);
  bad.weights[3] = std::nan("");
  CHECK_THROWS_AS(frozen_optimum(bad), std::invalid_argument);
  bad = good;
  bad.inputs(0, 0) = std::nan("");
  CHECK_THROWS_AS(frozen_optimum(bad), std::invalid_argument);
  bad = good;
  bad.l2 = -0.1;
  CHECK_THROWS_AS(frozen_optimum(bad), std::invalid_argument);
  bad = good;
  bad.labels.conservativeResize(5);
  CHECK_THROWS_AS(frozen_optimum(bad), std::invalid_argument);
  CHECK_THROWS_AS(frozen_value(good, Vector::Zero(3)), std::invalid_argument);
}
