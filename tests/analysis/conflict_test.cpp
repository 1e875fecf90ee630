#include "analysis/conflict.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

constexpr double rounding = 1e-14;   // a handful of operations on numbers of size 1

Matrix three_classes() {   // cosines 0, -1, -1/sqrt2 ... worked out in the first test
  Matrix gradients(2, 3);
  gradients << 1, 0, -1,
               0, 1, -1;
  return gradients;
}

}  // namespace

TEST_CASE("conflict: (1,0), (0,1), (-1,-1) has cosines 0, -1/sqrt 2, -1/sqrt 2 and cancels completely") {
  const Conflict conflict = gradient_conflict(three_classes());
  CHECK(conflict.classes == 3);
  CHECK(close(conflict.min_cosine, -std::sqrt(0.5), 0, rounding));
  CHECK(close(conflict.mean_cosine, -std::sqrt(2.0) / 3, 0, rounding));
  CHECK(close(conflict.negative_share, 2.0 / 3, 0, rounding));
  CHECK(conflict.cancellation == 0);
}

TEST_CASE("conflict: gradients of 3 and 4 along one line: cancellation 49/25, orthogonal ones exactly 1") {
  Matrix gradients(2, 2);
  gradients << 3, 4, 0, 0;
  CHECK(close(gradient_conflict(gradients).cancellation, 49.0 / 25, 0, rounding));
  CHECK(gradient_conflict(gradients).min_cosine == 1);
  gradients << 3, 0, 0, 4;
  CHECK(close(gradient_conflict(gradients).cancellation, 1, 0, rounding));
  CHECK(gradient_conflict(gradients).min_cosine == 0);
  CHECK(gradient_conflict(gradients).negative_share == 0);
}

TEST_CASE("conflict: a scale of 1e-170, 1e-300 or 1e170 changes nothing") {
  const Conflict plain = gradient_conflict(three_classes());
  for (const double scale : {1e-300, 1e-170, 1e170}) {
    Matrix gradients = three_classes();
    gradients(0, 0) = 2;   // so that the cancellation is not 0: sum (1, 0), 1 / 7
    const Conflict conflict = gradient_conflict(scale * gradients);
    CHECK(close(conflict.min_cosine, plain.min_cosine, 0, rounding));
    CHECK(close(conflict.cancellation, 1.0 / 7, 0, rounding));
  }
}

TEST_CASE("conflict: classes of very different size keep their cosine (1 and 1e-200 opposed)") {
  Matrix gradients(2, 2);
  gradients << 1, -1e-200, 0, 0;
  CHECK(gradient_conflict(gradients).min_cosine == -1);
  CHECK(gradient_conflict(gradients).negative_share == 1);
}

TEST_CASE("conflict: invariant under rotation and the order of classes") {
  Matrix gradients(2, 3);
  gradients << 1, 2, -1, 0.5, -1, -2;
  const double angle = 0.7;
  Matrix rotation(2, 2);
  rotation << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
  const Matrix permuted = gradients(Eigen::all, Eigen::lastN(3).reverse());
  for (const Matrix& other : {Matrix(rotation * gradients), permuted}) {
    CHECK(close(gradient_conflict(other).min_cosine, gradient_conflict(gradients).min_cosine, 0, rounding));
    CHECK(close(gradient_conflict(other).mean_cosine, gradient_conflict(gradients).mean_cosine, rounding, rounding));
    CHECK(close(gradient_conflict(other).cancellation, gradient_conflict(gradients).cancellation, 0, rounding));
  }
}

TEST_CASE("conflict: zero classes are left out, fewer than two left: cancellation 1, share 0, cosine NaN") {
  Matrix gradients = Matrix::Zero(2, 4);
  gradients(0, 1) = 2;
  Conflict conflict = gradient_conflict(gradients);
  CHECK(conflict.classes == 1);
  CHECK(conflict.cancellation == 1);
  CHECK(conflict.negative_share == 0);
  CHECK(std::isnan(conflict.min_cosine));
  CHECK(std::isnan(conflict.mean_cosine));
  CHECK(gradient_conflict(Matrix::Zero(2, 4)).classes == 0);
  CHECK(gradient_conflict(Matrix::Zero(2, 4)).cancellation == 1);
  gradients(0, 3) = -1;
  conflict = gradient_conflict(gradients);   // 2 and -1: (2 - 1)^2 / (4 + 1)
  CHECK(conflict.classes == 2);
  CHECK(close(conflict.cancellation, 0.2, 0, rounding));
}

TEST_CASE("conflict: rounding of orthogonal gradients is not counted as negative, a real -1e-6 is") {
  Matrix gradients(2, 2);
  gradients << 1, -1e-16, 0, 1;
  CHECK(gradient_conflict(gradients).negative_share == 0);
  gradients(0, 1) = -1e-6;
  CHECK(gradient_conflict(gradients).negative_share == 1);
}

TEST_CASE("conflict: a diverged gradient gives NaN, not an exception") {
  Matrix gradients = three_classes();
  gradients(1, 1) = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(gradient_conflict(gradients).cancellation));
  CHECK(std::isnan(gradient_conflict(gradients).min_cosine));
}
