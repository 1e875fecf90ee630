#include "theory/frozen_quadratic.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"
#include "tests/theory/mixture_samples.h"

using namespace lemmata::theory;

TEST_CASE("frozen quadratic: lambda 1/2, w 3, eta 1: excess 9/4 (1/4)^t, equal (==) to iterated descent") {
  const FrozenQuadratic quadratic{Vector{{0.5}}, Vector{{3.0}}, 0};
  double w = 3;
  for (long t = 0; t < 400; ++t) {  // 9/4 4^-400 = 1e-240, still dyadic
    CHECK(gradient_descent_excess(quadratic, 1, std::vector<long>{t})[0] == 0.25 * w * w);
    w -= 0.5 * w;
  }
}

TEST_CASE(
    "frozen quadratic: two dyadic modes (1/4, 1/2) at eta 1/2, equal (==) to iterated descent while doubles are "
    "exact") {
  const Matrix hessian = Vector{{0.25, 0.5}}.asDiagonal();
  const FrozenQuadratic quadratic = quadratic_modes(hessian, Vector{{8.0, -4.0}});
  Vector w{{8.0, -4.0}};
  for (long t = 0; t <= 6; ++t) {  // 7^12 and 3^12 2^12 fit into 53 bits together
    CHECK(gradient_descent_excess(quadratic, 0.5, std::vector<long>{t})[0] == w.dot(hessian * w) / 2);
    w -= 0.5 * (hessian * w);
  }
}

TEST_CASE("frozen quadratic: 60-digit arithmetic, excess down to 1e-267 after 1e8 steps, steps in any order") {
  const FrozenQuadratic quadratic{Vector{{2.0, 0.01, 1e-5}}, Vector{{1.0, -3.0, 0.5}}, 0};
  const std::vector<long> steps{100000000, 0, 1, 100, 20000};
  const Vector excess = gradient_descent_excess(quadratic, 0.3, steps);
  // /usr/bin/python3 tests/theory/golden.py; the exponent |ln excess| <= 614 times 1e-16 is the error
  const double golden[] = {3.31001533053594551e-267, 1.04500125, 0.20473165499250003, 0.0246755114884019495,
                           1.10865034633896756e-6};
  for (Index i = 0; i < 5; ++i) CHECK(close(excess[i], golden[i], 0, 3e-13));
  CHECK(close(slowest_rate(quadratic, 0.3), -2 * std::log1p(-3e-6), 0, 1e-14));
}

TEST_CASE("frozen quadratic: overshooting modes (eta lambda 1.5), one-step convergence (1), divergence (3)") {
  const FrozenQuadratic quadratic{Vector{{1.5}}, Vector{{2.0}}, 0};
  CHECK(gradient_descent_excess(quadratic, 1, std::vector<long>{3})[0] == 0.75 * 4 / 64);
  CHECK(close(slowest_rate(quadratic, 1), 2 * std::log(2.0), 0, 1e-15));
  CHECK(gradient_descent_excess({Vector{{1.0}}, Vector{{2.0}}, 0}, 1, std::vector<long>{0, 1}) == Vector{{2.0, 0.0}});
  CHECK(slowest_rate({Vector{{1.0}}, Vector{{2.0}}, 0}, 1) == std::numeric_limits<double>::infinity());
  CHECK(slowest_rate({Vector{{3.0}}, Vector{{2.0}}, 0}, 1) < 0);
  CHECK(gradient_descent_excess({Vector{{3.0}}, Vector{{2.0}}, 0}, 1, std::vector<long>{2000})[0] ==
        std::numeric_limits<double>::infinity());
}

TEST_CASE("frozen quadratic: flat directions do not count, neither in the excess nor in the rate") {
  const Matrix hessian = Vector{{0.0, 1e-16, 1.0}}.asDiagonal();
  const FrozenQuadratic quadratic = quadratic_modes(hessian, Vector::Ones(3));
  CHECK(close(slowest_rate(quadratic, 0.1), -2 * std::log(0.9), 0, 1e-14));
  CHECK(gradient_descent_excess(quadratic, 0.1, std::vector<long>{0})[0] == 0.5);
}

TEST_CASE(
    "frozen quadratic: least squares with a floor, rotated: modes by SVD and by Hessian agree with iterated descent") {
  NormalStream draw(8);
  const Matrix inputs = draw.normals(4, 9);
  const Vector targets = draw.normals(9, 1), weights = draw.normals(9, 1).cwiseAbs() / 9, start = draw.normals(4, 1);
  const FrozenQuadratic quadratic = least_squares_modes(inputs, targets, weights, start);
  const Matrix hessian = inputs * weights.asDiagonal() * inputs.transpose();
  const Vector optimum = hessian.ldlt().solve(inputs * weights.cwiseProduct(targets));
  const FrozenQuadratic by_hessian = quadratic_modes(hessian, start - optimum);
  const auto value = [&](const Vector& w) { return weights.dot((targets - inputs.transpose() * w).cwiseAbs2()) / 2; };
  CHECK(quadratic.floor > 0.01);
  CHECK(close(quadratic.floor, value(optimum), 0, 1e-13));
  Vector w = start;
  const double eta = 0.5;
  for (long t = 0; t <= 200; ++t) {
    const std::vector<long> step{t};
    const double excess = gradient_descent_excess(quadratic, eta, step)[0];
    CHECK(close(quadratic.floor + excess, value(w), 0, 1e-12));                        // rounding of 200 steps
    CHECK(close(excess, gradient_descent_excess(by_hessian, eta, step)[0], 0, 1e-9));  // rounding times the condition
    w += eta * inputs * weights.cwiseProduct(targets - inputs.transpose() * w);
  }
  CHECK(gradient_descent_excess(quadratic, eta, std::vector<long>{200})[0] > 1e-20);  // it was not compared as 0 = 0
}

TEST_CASE("frozen quadratic: curvatures over 14 decades: singular values keep 1e-14, where the Hessian has lost it") {
  Matrix inputs = Matrix::Zero(2, 2);
  inputs << 1, 1, 1e-7, -1e-7;  // H = diag(2, 2e-14)
  const FrozenQuadratic quadratic = least_squares_modes(inputs, Vector::Zero(2), Vector::Ones(2), Vector{{0.0, 1.0}});
  CHECK(close(quadratic.curvature.minCoeff(), 2e-14, 0, 1e-8));  // 1e-16 / 1e-7
  CHECK(close(slowest_rate(quadratic, 0.5), 2e-14, 0, 1e-8));
  CHECK(close(gradient_descent_excess(quadratic, 0.5, std::vector<long>{0})[0], 1e-14, 0, 1e-8));
}

TEST_CASE("frozen quadratic: a whole model is the sum of its experts, joint heads share one quadratic") {
  NormalStream draw(9);
  const Matrix inputs = draw.normals(3, 7);
  const Vector targets = draw.normals(7, 1), weights = Vector::Constant(7, 1.0 / 7), start = draw.normals(3, 1);
  const FrozenQuadratic one = least_squares_modes(inputs, targets, weights, start);
  const FrozenQuadratic other = least_squares_modes(2 * inputs, targets, weights, start);
  const std::vector<long> steps{0, 10, 50};
  const Vector sum = gradient_descent_excess(one, 0.1, steps) + gradient_descent_excess(other, 0.1, steps);
  CHECK((gradient_descent_excess(joined({one, other}), 0.1, steps) - sum).cwiseAbs().maxCoeff() <
        1e-14 * sum[0]);  // another order of summation
  CHECK(close(joined({one, other}).floor, one.floor + other.floor, 0, 1e-15));
  // Two equal heads started equally move together: the same as one head at twice the inputs in norm squared.
  const Matrix twice = stacked({inputs, inputs});
  Vector both(6);
  both << start / 2, start / 2;
  const FrozenQuadratic heads = least_squares_modes(twice, targets, weights, both);
  CHECK((gradient_descent_excess(heads, 0.1, steps) - gradient_descent_excess(one, 0.2, steps)).cwiseAbs().maxCoeff() <
        1e-13);
}

TEST_CASE("frozen quadratic: bad input is refused") {
  const FrozenQuadratic quadratic{Vector{{1.0}}, Vector{{1.0}}, 0};
  CHECK_THROWS_AS(gradient_descent_excess(quadratic, 0, std::vector<long>{1}), std::invalid_argument);
  CHECK_THROWS_AS(gradient_descent_excess(quadratic, std::nan(""), std::vector<long>{1}), std::invalid_argument);
  CHECK_THROWS_AS(gradient_descent_excess(quadratic, 1, std::vector<long>{-1}), std::invalid_argument);
  CHECK_THROWS_AS(quadratic_modes(Matrix{{1.0, 0.1}, {0.0, 1.0}}, Vector::Ones(2)), std::invalid_argument);
  CHECK_THROWS_AS(quadratic_modes(Matrix{{-1.0}}, Vector::Ones(1)), std::invalid_argument);
  CHECK_THROWS_AS(quadratic_modes(Matrix::Identity(2, 2), Vector::Ones(3)), std::invalid_argument);
  CHECK_THROWS_AS(least_squares_modes(Matrix::Ones(2, 3), Vector::Ones(3), Vector::Constant(3, -1), Vector::Ones(2)),
                  std::invalid_argument);
  CHECK_THROWS_AS(stacked({Matrix::Ones(2, 3), Matrix::Ones(2, 4)}), std::invalid_argument);
}
