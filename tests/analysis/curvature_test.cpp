#include "analysis/curvature.h"

#include <doctest/doctest.h>

#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

constexpr double rounding = 1e-13;   // dense eigenvalue solve of size <= 6, relative to the largest eigenvalue

Matrix rotation(Index dimension) {
  Matrix start(dimension, dimension);
  for (Index i = 0; i < dimension; ++i) {
    for (Index j = 0; j < dimension; ++j) start(i, j) = std::sin(1.0 + static_cast<double>(i * i + 3 * j + i * j));
  }
  return start.householderQr().householderQ();
}

}  // namespace

TEST_CASE("curvature: diag(1, 2, 7) seen on span{e1 + e2} is 1.5, on span{e1, e2} is 1 to 2, in full 1 to 7") {
  const Matrix hessian = Vector{{1.0, 2.0, 7.0}}.asDiagonal();
  Curvature curvature = curvature_on_span(hessian, Matrix{{1.0}, {1.0}, {0.0}});
  CHECK(curvature.rank == 1);
  CHECK(close(curvature.min, 1.5, 0, rounding));
  CHECK(close(curvature.max, 1.5, 0, rounding));
  curvature = curvature_on_span(hessian, Matrix{{1.0, 1.0, 0.0}, {1.0, -2.0, 0.0}, {0.0, 0.0, 0.0}});
  CHECK(curvature.rank == 2);
  CHECK(close(curvature.min, 1, 0, rounding));
  CHECK(close(curvature.max, 2, 0, rounding));
  CHECK(close(curvature.condition, 0.5, 0, rounding));
  CHECK(close(curvature.min_full, 1, 0, rounding));
  CHECK(close(curvature.max_full, 7, 0, rounding));
  CHECK(curvature.residual < rounding);
}

TEST_CASE("curvature: a known spectrum 1e-6 .. 10 under a rotation, at scales 1e-200 to 1e100") {
  const Matrix basis = rotation(6);
  Vector spectrum{{1e-6, 1e-3, 0.5, 1.0, 3.0, 10.0}};
  for (const double scale : {1e-200, 1.0, 1e100}) {
    const Matrix product = scale * basis * spectrum.asDiagonal() * basis.transpose();
    const Matrix hessian = (product + product.transpose()) / 2;
    const Curvature curvature = curvature_on_span(hessian, basis.rightCols(5));
    CHECK(curvature.rank == 5);
    CHECK(close(curvature.min, scale * 1e-3, scale * 10 * rounding, 0));
    CHECK(close(curvature.max, scale * 10, 0, rounding));
    CHECK(close(curvature.min_full, scale * 1e-6, scale * 10 * rounding, 0));
    CHECK(curvature.residual < rounding);
  }
}

TEST_CASE("curvature: the rank is decided at 1e-10 of the largest Gram eigenvalue, either side") {
  const Matrix hessian = Matrix::Identity(2, 2);
  Matrix inputs = Matrix::Identity(2, 2);
  inputs(1, 1) = 2e-5;   // Gram eigenvalue 4e-10
  CHECK(curvature_on_span(hessian, inputs).rank == 2);
  inputs(1, 1) = 0.5e-5;   // 2.5e-11
  CHECK(curvature_on_span(hessian, inputs).rank == 1);
}

TEST_CASE("curvature: no input, or zero input, has no span, the full space is still reported") {
  const Matrix hessian = Vector{{1.0, 2.0}}.asDiagonal();
  for (const Matrix& inputs : {Matrix(2, 0), Matrix(Matrix::Zero(2, 3))}) {
    const Curvature curvature = curvature_on_span(hessian, inputs);
    CHECK(curvature.rank == 0);
    CHECK(std::isnan(curvature.min));
    CHECK(close(curvature.max_full, 2, 0, rounding));
  }
}

TEST_CASE("curvature: NaN in, NaN out, asymmetric or misshapen is refused") {
  Matrix hessian = Matrix::Identity(2, 2);
  CHECK_THROWS_AS(curvature_on_span(hessian, Matrix::Ones(3, 1)), std::invalid_argument);
  CHECK_THROWS_AS(curvature_on_span(hessian.leftCols(1), Matrix::Ones(2, 1)), std::invalid_argument);
  hessian(0, 1) = 0.1;
  CHECK_THROWS_AS(curvature_on_span(hessian, Matrix::Ones(2, 1)), std::invalid_argument);
  hessian(0, 1) = std::nan("");
  CHECK(std::isnan(curvature_on_span(hessian, Matrix::Ones(2, 1)).min));
}

TEST_CASE(
    "subtask: class_mixture by hand, alpha 1, beta 3, gamma 1/2, N = 3, one of three classes: 1/8 and 9 per load") {
  // u = (3, y, eps/2, 0) and (3, y, 0, eps/2): second moment per sample diag(9, 1, 1/8, 1/8); 8 own samples, 16 others.
  Matrix inputs = Matrix::Zero(5, 24);
  Vector routing = Vector::Zero(24);
  Index k = 0;
  for (const double y : {-1.0, 1.0}) {
    for (const double eps : {-1.0, 1.0}) {
      for (const Index other : {2, 3}) {
        inputs(0, k) = 3;
        inputs(1, k) = y;
        inputs(other, k) = eps / 2;
        routing[k++] = 1;
      }
    }
  }
  inputs.bottomRightCorner(1, 16).setOnes();
  const Vector share = Vector::Constant(24, 1.0 / 24);
  Matrix hessian = inputs * share.cwiseProduct(routing).asDiagonal() * inputs.transpose();
  SubtaskCurvature subtask = subtask_curvature(hessian, inputs, routing, share);
  CHECK(subtask.samples == 8);
  CHECK(subtask.leak == 0);
  CHECK(close(subtask.load, 1.0 / 3, 0, rounding));
  CHECK(subtask.curvature.rank == 4);
  CHECK(close(subtask.curvature.min, 1.0 / 24, 0, rounding * 100));   // rounding is relative to the largest, 3
  CHECK(close(subtask.min_per_load, 1.0 / 8, 0, rounding * 100));
  CHECK(close(subtask.max_per_load, 9, 0, rounding));

  routing[20] = 0.25;   // a quarter of a foreign sample leaks in: undefined, but measured
  hessian = inputs * share.cwiseProduct(routing).asDiagonal() * inputs.transpose();
  subtask = subtask_curvature(hessian, inputs, routing, share);
  CHECK(close(subtask.leak, 0.25 / 24, 0, rounding));
  CHECK(std::isnan(subtask.min_per_load));
  CHECK(close(subtask.curvature.min, 1.0 / 24, 0, rounding * 100));
}

TEST_CASE("subtask: half of a sample is still the expert's own, one bit less is leak: R_i = {q >= 1/2}") {
  const Matrix inputs = Matrix::Identity(2, 2);
  const Vector share = Vector::Constant(2, 0.5);
  const SubtaskCurvature half = subtask_curvature(inputs, inputs, Vector{{1.0, 0.5}}, share);
  CHECK(half.samples == 2);
  CHECK(half.leak == 0);
  CHECK(half.load == 0.75);
  CHECK(close(half.min_per_load, 1 / 0.75, 0, rounding));
  const SubtaskCurvature less = subtask_curvature(inputs, inputs, Vector{{1.0, std::nextafter(0.5, 0)}}, share);
  CHECK(less.samples == 1);
  CHECK(close(less.leak, 0.25, 0, rounding));
  CHECK(std::isnan(less.min_per_load));
}

TEST_CASE("subtask: an expert without samples is undefined") {
  const SubtaskCurvature subtask =
      subtask_curvature(Matrix::Zero(2, 2), Matrix::Ones(2, 3), Vector::Zero(3), Vector::Ones(3));
  CHECK(subtask.samples == 0);
  CHECK(subtask.load == 0);
  CHECK(std::isnan(subtask.min_per_load));
  CHECK_THROWS_AS(subtask_curvature(Matrix::Zero(2, 2), Matrix::Ones(2, 3), Vector::Zero(2), Vector::Ones(3)),
                  std::invalid_argument);
}

TEST_CASE("PL ratio of a parabola h/2 w^2 is h, also at 1e-170, smoothness of two points on it is h") {
  for (const double w : {1.0, 1e-150}) CHECK(close(pl_ratio(3 * w, 1.5 * w * w), 3, 0, rounding));
  CHECK(std::isnan(pl_ratio(1, 0)));
  CHECK(std::isnan(pl_ratio(1, std::nan(""))));
  const Vector a{{1e-170, 0.0}}, b{{0.0, 3e-170}};
  CHECK(close(local_smoothness(3 * a, 3 * b, a, b), 3, 0, rounding));
  CHECK(std::isnan(local_smoothness(a, b, a, a)));
}
