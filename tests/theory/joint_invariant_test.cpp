#include "theory/joint_invariant.h"

#include <doctest/doctest.h>

#include <Eigen/Geometry>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::theory;

namespace {

Matrix matrix(std::initializer_list<std::initializer_list<double>> rows) { return Matrix(rows); }

}  // namespace

TEST_CASE("joint invariant: v from (1, 2) to (2, 4): sum of squares rises by 15, exp at T = 1/4, eta_z = 3 eta_w: 90") {
  const Matrix initial = matrix({{1, 2}, {0, 0}}), values = matrix({{2, 4}, {0, -1}});
  CHECK(square_change(values, initial) == Eigen::Vector2d(15, 1));
  CHECK(close(exp_logit_change(values, initial, 0.25, {0.1, 0.3})(0), 90, 0, 1e-15));
  CHECK(linear_square_change(values, initial, {2, 6}) == Eigen::Vector2d(45, 3));
  // softmax: total change 16, pulled down in proportion to bbar = (3/4, 1/4): 15 - 12, 1 - 4
  CHECK(softmax_logit_change(values, initial, Eigen::Vector2d(0.75, 0.25), 0.5) == Eigen::Vector2d(3, -3));
}

TEST_CASE("joint invariant: a change of 1e-12 in v = 1 is exact to its last digits, not to those of v^2") {
  const double small = std::ldexp(1.0, -40);
  CHECK(square_change(matrix({{1 + small}}), matrix({{1}}))(0) == small * (2 + small));
}

TEST_CASE("joint invariant: steps by hand, exp, T = 1/2: v = 1, dv = 2, rates 1/2 and 1/4: z rises by 1/4 2 v dv = 1") {
  // v' = 2, dz = v dv / T = 4, z' - z = 1; by the identity 1/4 / (2 1/2 1/2) (4 - 1 - 1/4 4) = 1/2 2 = 1
  const Vector squares = Vector::Constant(1, 4);
  CHECK(exp_logit_steps(matrix({{2}}), matrix({{1}}), squares, 0.5, {0.5, 0.25})(0) == 1);
  CHECK(exp_logit_change(matrix({{2}}), matrix({{1}}), 0.5, {0.5, 0.25})(0) == 1.5);  // without its sum of squares
}

TEST_CASE(
    "joint invariant: steps by hand, linear: z = 1, v = 1, dv = 2, so dz = 2, rates 1/2, 1/4: z^2 from 1 to 9/4") {
  const Vector squares = Vector::Constant(1, 4);
  CHECK(linear_square_steps(matrix({{2}}), matrix({{1}}), squares, squares, {0.5, 0.25})(0) == 1.25);
}

TEST_CASE("joint invariant: steps of size h tend to the flow's law, the distance in proportion to h") {
  // v' = z v, z' = v^2 (linear attention with E[g h' x]/A = v: any field will do), from v = z = 1, to time 1/2
  const auto gap = [](long steps) {
    const double h = 0.5 / static_cast<double>(steps);
    double v = 1, z = 1, value_squares = 0, logit_squares = 0;
    for (long s = 0; s < steps; ++s) {
      const double dv = z, dz = v;
      value_squares += dv * dv, logit_squares += dz * dz;
      v += h * dv, z += h * dz;
    }
    const Matrix now = matrix({{v}}), start = matrix({{1}});
    const Vector one = Vector::Constant(1, value_squares), two = Vector::Constant(1, logit_squares);
    CHECK(close(linear_square_steps(now, start, one, two, {h, h})(0), z * z - 1, 1e-13, 0));
    return linear_square_change(now, start)(0) - (z * z - 1);
  };
  CHECK(gap(8) == 0);  // by symmetry: dv^2 and dz^2 cancel
  // v' = 2 z, z' = 2 v from v = 1, z = 2 has no such symmetry
  const auto uneven = [](long steps) {
    const double h = 0.5 / static_cast<double>(steps);
    double v = 1, z = 2;
    for (long s = 0; s < steps; ++s) {
      const double dv = 2 * z, dz = 2 * v;
      v += h * dv, z += h * dz;
    }
    return linear_square_change(matrix({{v}}), matrix({{1}}))(0) - (z * z - 4);
  };
  CHECK(close(uneven(400) / uneven(800), 2, 0.02, 0));
}

TEST_CASE("softmax logits: constant bbar gives the theorem's form, a bbar that moves is weighted by when v grew") {
  const Matrix start = matrix({{1}, {1}}), middle = matrix({{2}, {1}}), end = matrix({{2}, {3}});
  SoftmaxLogits same(start, 0.5), moving(start, 0.5);
  const Vector half = Eigen::Vector2d(0.5, 0.5), first = Eigen::Vector2d(1, 0);
  same.advance(half, middle), same.advance(half, end);
  CHECK(same.change() == softmax_logit_change(end, start, half, 0.5));
  moving.advance(first, middle), moving.advance(half, end);
  CHECK(moving.change() == Eigen::Vector2d(3 - 3 - 4, 8 - 4));  // 1/(2T) = 1; changes 3 of all in bbar = (1, 0), then 8
  CHECK(same.change().sum() == 0);                              // logits keep their sum where bbar sums to 1
}

TEST_CASE("joint invariant: T (v^2 -> T v^2), nodes and tokens renamed, rotation of the nodes") {
  const Matrix v = Matrix::Random(5, 4), v0 = Matrix::Random(5, 4);
  const Vector bbar = Vector::Constant(5, 0.2), base = softmax_logit_change(v, v0, bbar, 1);
  CHECK((softmax_logit_change(2 * v, 2 * v0, bbar, 4) - base).norm() < 1e-14);
  CHECK((exp_logit_change(v.rowwise().reverse(), v0.rowwise().reverse(), 1) - exp_logit_change(v, v0, 1)).norm() <
        1e-14);
  const Matrix q = Eigen::Rotation2D<double>(0.7).toRotationMatrix();
  Matrix turned = v, turned0 = v0;
  turned.leftCols(2) = v.leftCols(2) * q;
  turned0.leftCols(2) = v0.leftCols(2) * q;
  CHECK((linear_square_change(turned, turned0) - linear_square_change(v, v0)).norm() < 1e-14);
}

TEST_CASE("joint invariant: shapes that disagree and numbers that are not > 0 are refused, NaN included") {
  const Matrix v = Matrix::Ones(3, 2);
  const Vector three = Vector::Ones(3), two = Vector::Ones(2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(square_change(v, Matrix::Ones(2, 3)), std::invalid_argument);
  CHECK_THROWS_AS(exp_logit_change(v, v, nan), std::invalid_argument);
  CHECK_THROWS_AS(exp_logit_change(v, v, 0), std::invalid_argument);
  CHECK_THROWS_AS(linear_square_change(v, v, {nan, 1}), std::invalid_argument);
  CHECK_THROWS_AS(linear_square_change(v, v, {1, 0}), std::invalid_argument);
  CHECK_THROWS_AS(exp_logit_steps(v, v, two, 1, {}), std::invalid_argument);
  CHECK_THROWS_AS(linear_square_steps(v, v, three, two, {}), std::invalid_argument);
  CHECK_THROWS_AS(softmax_logit_change(v, v, two, 1), std::invalid_argument);
  CHECK_THROWS_AS(SoftmaxLogits(v, -1), std::invalid_argument);
  SoftmaxLogits logits(v, 1);
  CHECK_THROWS_AS(logits.advance(two, v), std::invalid_argument);
  CHECK_THROWS_AS(logits.advance(three, Matrix::Ones(3, 3)), std::invalid_argument);
}
