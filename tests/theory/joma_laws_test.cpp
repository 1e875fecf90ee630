#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "tests/close.h"
#include "theory/erf_law.h"
#include "theory/gaussian_relu_drift.h"
#include "theory/hyperbolic_law.h"
#include "theory/row_law.h"

using namespace lemmata::theory;

namespace {

Vector vector_of(std::initializer_list<double> values) {
  Vector v(static_cast<Index>(values.size()));
  Index i = 0;
  for (const double x : values) v[i++] = x;
  return v;
}

}  // namespace

TEST_CASE("erf law: at erf(v/sqrt2) = 1/2 the median of |N(0, 1)|, v = .67449, t = 0 gives 0, T and A as mpmath says") {
  const Vector one = vector_of({1});
  CHECK(close(erf_law(one, std::sqrt(std::numbers::pi / 8), 1, 1)[0], 0.674489750196081743, 0, 4e-16));
  CHECK(erf_law(one, 0, 1, 1)[0] == 0);
  // /usr/bin/python3 tests/theory/joma_golden.py; at 96 % of the blow-up the error of erfinv's argument grows 10 times
  const Vector v = erf_law(vector_of({1, -0.5, 0.25}), 1.2, 2, 0.5);
  CHECK(close(v[0], 1.01410643453283341, 0, 5e-15));
  CHECK(close(v[1], -0.320695049957000503, 0, 1e-15));
  CHECK(close(v[2], 0.152323754612179322, 0, 1e-15));
  CHECK(close(erf_law_blow_up_time(vector_of({1, -0.5}), 2, 0.5), 1.25331413731550025, 0, 4e-16));
  const Vector end = erf_law_end(vector_of({-2, 1, 0.5, 2}), 0.5);
  CHECK(end[0] == -std::numeric_limits<double>::infinity());
  CHECK(end[3] == std::numeric_limits<double>::infinity());
  CHECK(close(end[1], 0.337244875098040872, 0, 1e-15));
  CHECK(close(end[2], 0.159319681982187582, 0, 1e-15));
}

TEST_CASE("erf law: its slope by central difference is Delta exp(v^2/(2 T^2))/A") {
  const Vector delta = vector_of({0.7, -1.3, 0.1});
  const double a = 1.7, t = 0.6, h = 1e-5;
  const Vector slope = (erf_law(delta, 0.5 + h, a, t) - erf_law(delta, 0.5 - h, a, t)) / (2 * h);
  const Vector v = erf_law(delta, 0.5, a, t);
  for (Index l = 0; l < 3; ++l) {  // h^2/6 times a third derivative below 10, rounding 1e-16/h
    CHECK(close(slope[l], delta[l] * std::exp(v[l] * v[l] / (2 * t * t)) / a, 1e-9, 0));
  }
}

TEST_CASE("erf law from v(0): it goes on where the law from 0 stands, and turns round where Delta is against v(0)") {
  const Vector delta = vector_of({0.7, -1.3, 0.1});
  const double a = 1.7, t = 0.6;
  const Vector half = erf_law(delta, 0.25, a, t), on = erf_law_from(delta, half, 0.25, a, t),
               whole = erf_law(delta, 0.5, a, t);
  for (Index l = 0; l < 3; ++l) CHECK(close(on[l], whole[l], 0, 1e-14));
  CHECK(close(erf_law_blow_up_time_from(delta, half, a, t), erf_law_blow_up_time(delta, a, t) - 0.25, 0, 1e-14));
  // back to 0 when the erf it started with is used up, and to -v(0) after twice that time
  const Vector against = vector_of({-2}), start = vector_of({0.8});
  const double back = std::sqrt(std::numbers::pi / 2) * std::erf(0.8 / std::numbers::sqrt2) / 2;
  CHECK(close(erf_law_from(against, start, back, 1, 1)[0], 0, 1e-15, 0));
  CHECK(close(erf_law_from(against, start, 2 * back, 1, 1)[0], -0.8, 0, 1e-14));
  // erfc(-.8/sqrt2) = 1 + erf(.8/sqrt2)
  CHECK(close(erf_law_blow_up_time_from(against, start, 1, 1), std::sqrt(std::numbers::pi / 2) / 2 + back, 0, 1e-14));
  CHECK_THROWS_AS(erf_law_from(delta, start, 0.1, 1, 1), std::invalid_argument);
}

TEST_CASE("row law: a row (3, 4) moves along (.6, .8) as one node of Delta = 5, K = 1 is the erf law") {
  Matrix mu(2, 2);
  mu << 3, 4, 0, 0;
  const Matrix v = row_law(mu, 0.2, 1, 1);
  const double alone = erf_law(vector_of({5}), 0.2, 1, 1)[0];
  CHECK(close(v(0, 0), 0.6 * alone, 0, 4e-16));
  CHECK(close(v(0, 1), 0.8 * alone, 0, 4e-16));
  CHECK(v.row(1).isZero(0));
  CHECK(close(row_law_blow_up_time(mu, 1, 1), std::sqrt(std::numbers::pi / 2) / 5, 0, 4e-16));
  const Vector delta = vector_of({0.7, -1.3, 0.1});
  CHECK((row_law(delta, 0.4, 2, 0.7) - erf_law(delta, 0.4, 2, 0.7)).cwiseAbs().maxCoeff() < 1e-15);
}

TEST_CASE("row law with a sum: mpmath's alpha, for one node the erf law, infinite once it has blown up") {
  Matrix mu(1, 2);
  mu << 1, 0.5;  // /usr/bin/python3 tests/theory/joma_golden.py
  CHECK(close(row_law_with_sum(mu, 0.5, 1)(0, 0), 1.14344634056474499, 0, 1e-12));
  CHECK(close(row_law_with_sum(mu, 0.5, 0.5)(0, 1), 0.5 * 0.513913846393473584, 0, 1e-12));
  const Vector delta = vector_of({0.7, -1.3, 0});
  const Matrix v = row_law_with_sum(delta, 0.6, 1);
  const Vector expected = erf_law(delta, 0.6, 1, 1);
  for (Index l = 0; l < 3; ++l) CHECK(close(v(l, 0), expected[l], 0, 1e-12));
  CHECK(row_law_with_sum(mu, 0, 1).isZero(0));
  CHECK(std::isinf(row_law_with_sum(mu, 5, 1)(0, 0)));
}

TEST_CASE(
    "row law with a sum: just before the blow-up, v = 6 at t = sqrt(pi/2) erf(6/sqrt2), two equal nodes in the mean") {
  const double time = std::sqrt(std::numbers::pi / 2) * std::erf(6 / std::numbers::sqrt2);
  // a time that is off by 1e-15 moves v by 1e-15 times its speed e^18
  CHECK(close(row_law_with_sum(vector_of({1}), time, 1)(0, 0), 6, 1e-15 * std::exp(18.0), 0));
  CHECK(close(row_law_with_sum(vector_of({-2}), time / 2, 1)(0, 0), -6, 1e-15 * std::exp(18.0), 0));
  Matrix mu(1, 2);
  mu << 1, 1;
  CHECK(close(row_law_with_sum(mu, time, 0.5)(0, 1), 6, 1e-15 * std::exp(18.0), 0));
}

TEST_CASE(
    "hyperbolic law: Delta = ln 2, A = t = 1: v = z0 3/4, z = z0 5/4, rows, z^2 - |v|^2 is kept, a row of 0 stays") {
  Matrix mu(3, 2);
  mu << std::numbers::ln2, 0, 3, -4, 0, 0;
  const HyperbolicLaw law = hyperbolic_law(mu, vector_of({2, 1, 7}), 1, 1);
  CHECK(close(law.v(0, 0), 1.5, 0, 1e-15));
  CHECK(close(law.z[0], 2.5, 0, 1e-15));
  CHECK(close(law.v(1, 0), 0.6 * std::sinh(5.0), 0, 1e-15));
  CHECK(close(law.v(1, 1), -0.8 * std::sinh(5.0), 0, 1e-15));
  CHECK(law.z[2] == 7);
  CHECK(law.v.row(2).isZero(0));
  CHECK(close(law.z[1] * law.z[1] - law.v.row(1).squaredNorm(), 1, 1e-11, 0));  // of terms of size cosh^2 5 = 5e3
  const HyperbolicLaw slower = hyperbolic_law(mu, vector_of({2, 1, 7}), 2, 2);
  CHECK((slower.v - law.v).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((slower.z - law.z).cwiseAbs().maxCoeff() < 1e-12);  // of numbers up to cosh 5 = 74
}

TEST_CASE(
    "Theorem 3: at r = 0 half the centre and sigma/sqrt(2 pi) along v, mpmath's numbers, far away linear or dead") {
  const Vector v = vector_of({3, 4});
  const Vector drift = gaussian_relu_drift(v, 0, Matrix::Zero(2, 1), vector_of({1}), 2);
  CHECK(close(drift[0], 2 * 0.6 / std::sqrt(2 * std::numbers::pi), 0, 1e-15));
  CHECK(close(drift[1], 2 * 0.8 / std::sqrt(2 * std::numbers::pi), 0, 1e-15));
  Matrix centres(2, 2);
  centres << 1, -1, 0, 2;  // /usr/bin/python3 tests/theory/joma_golden.py
  const Vector two = gaussian_relu_drift(vector_of({0.6, -0.8}), 0.1, centres, vector_of({0.3, -0.7}), 0.5);
  CHECK(close(two[0], 0.289245438117167971, 0, 1e-14));
  CHECK(close(two[1], -0.0179694758659398216, 0, 1e-14));
  // whether v.x + xi > 0 does not depend on the length of (v, xi)
  const Vector longer = gaussian_relu_drift(vector_of({3, -4}), 0.5, centres, vector_of({0.3, -0.7}), 0.5);
  CHECK((longer - two).norm() < 1e-14);
  const Vector always = gaussian_relu_drift(v, 1e3, centres, vector_of({0.3, -0.7}), 0.5);
  CHECK((always - centres * vector_of({0.3, -0.7})).norm() < 1e-15);
  CHECK(gaussian_relu_drift(v, -1e3, centres, vector_of({0.3, -0.7}), 0.5).norm() == 0);
}

TEST_CASE("JoMA laws: times at and past the blow-up, NaN and disagreeing shapes are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Vector delta = vector_of({1, -2});
  CHECK_THROWS_AS(erf_law(delta, erf_law_blow_up_time(delta, 1, 1), 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(erf_law(delta, nan, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(erf_law(delta, -0.1, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(erf_law(delta, 0.1, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(erf_law(delta, 0.1, 1, nan), std::invalid_argument);
  CHECK_THROWS_AS(erf_law(vector_of({nan}), 0.1, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(erf_law_end(Vector::Zero(2), 1), std::invalid_argument);
  CHECK_THROWS_AS(row_law_with_sum(delta, nan, 1), std::invalid_argument);
  CHECK_THROWS_AS(row_law_with_sum(delta, 1, 0), std::invalid_argument);
  CHECK_THROWS_AS(hyperbolic_law(delta, vector_of({1}), 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(hyperbolic_law(delta, delta, 1, nan), std::invalid_argument);
  CHECK_THROWS_AS(gaussian_relu_drift(Vector::Zero(2), 0, Matrix::Zero(2, 1), vector_of({1}), 1),
                  std::invalid_argument);
  CHECK_THROWS_AS(gaussian_relu_drift(delta, 0, Matrix::Zero(3, 1), vector_of({1}), 1), std::invalid_argument);
  CHECK_THROWS_AS(gaussian_relu_drift(delta, 0, Matrix::Zero(2, 1), vector_of({1}), nan), std::invalid_argument);
}
