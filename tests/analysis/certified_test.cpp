#include "analysis/certified.h"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <stdexcept>

using namespace lemmata::analysis;

namespace {

// multiple / (i + j - 1), exact where `multiple` is one of every denominator.
Matrix hilbert(Index size, double multiple) {
  Matrix matrix(size, size);
  for (Index i = 0; i < size; ++i) {
    for (Index j = 0; j < size; ++j) matrix(i, j) = multiple / static_cast<double>(i + j + 1);
  }
  return matrix;
}

// Eigenvalues `first` and `second`, to the rounding of the entries, along (.6, .8) and (-.8, .6).
Matrix rotated(double first, double second) {
  Matrix turn(2, 2), diagonal = Matrix::Zero(2, 2);
  turn << 0.6, -0.8, 0.8, 0.6;
  diagonal.diagonal() << first, second;
  const Matrix product = turn * diagonal * turn.transpose();
  return (product + product.transpose()) / 2;
}

}  // namespace

TEST_CASE("this build has ball arithmetic and names it") { CHECK(ball_arithmetic().rfind("Arb (FLINT ", 0) == 0); }

TEST_CASE("[[2, 1], [1, 2]] has lambda_min 1: proven above 1 - 2^-40, at 1 and above it not") {
  const Matrix matrix = (Matrix(2, 2) << 2, 1, 1, 2).finished();
  CHECK(proven_positive_definite(matrix, 0));
  CHECK(proven_positive_definite(matrix, -5));
  CHECK(proven_positive_definite(matrix, 1 - 0x1p-40));
  CHECK_FALSE(proven_positive_definite(matrix, 1));  // semi-definite: the last pivot is 0
  CHECK_FALSE(proven_positive_definite(matrix, 1 + 0x1p-40));
  CHECK(proven_positive_definite(Matrix(0, 0), 0));  // of nothing, everything holds
}

TEST_CASE("a matrix whose lambda_min is -1e-6 is not certified, one with +1e-6 is") {
  CHECK(proven_positive_definite(rotated(1, 1e-6), 0));
  CHECK_FALSE(proven_positive_definite(rotated(1, -1e-6), 0));
  CHECK_FALSE(proven_positive_definite(rotated(1, -1e-6), 0, 4096));
  CHECK(proven_positive_definite(rotated(1, -1e-6), -1.1e-6));  // it is what it seems
}

TEST_CASE("the Hilbert matrix of 12, in integers: lambda_min/lambda_max 5.8e-17 proven at 128 bits, at 53 not") {
  const double multiple = 5354228880;  // lcm(1, ..., 23)
  const Matrix integers = hilbert(12, multiple);
  REQUIRE((integers.array() == integers.array().round()).all());
  CHECK(proven_positive_definite(integers, 0));
  CHECK(proven_positive_definite(integers, 1.047e-16 * multiple));  // lambda_min is 1.04795e-16 (mpmath, 60 digits)
  CHECK_FALSE(proven_positive_definite(integers, 1.049e-16 * multiple));
  CHECK_FALSE(proven_positive_definite(integers, 0, 53));
}

TEST_CASE(
    "rounded to doubles it is an enclosure: proven at 5 (lambda_min 3.288e-6), at 12 too wide to prove anything") {
  const auto around = [&](const Matrix& matrix) {
    const auto down = [&](double value) { return std::nextafter(value, -infinity); };
    const auto up = [&](double value) { return std::nextafter(value, infinity); };
    return MatrixEnclosure{matrix.unaryExpr(down), matrix.unaryExpr(up)};
  };
  CHECK(proven_positive_definite(around(hilbert(5, 1)), 3.28e-6));
  CHECK_FALSE(proven_positive_definite(around(hilbert(5, 1)), 3.29e-6));
  CHECK_FALSE(proven_positive_definite(around(hilbert(12, 1)), 0, 1024));
}

TEST_CASE("an enclosure is proven only if its worst matrix is: [2, 3] x [-1, 1] off the diagonal has lambda_min 1") {
  Matrix lower = Matrix::Constant(2, 2, -1), upper = Matrix::Constant(2, 2, 1);
  lower.diagonal().setConstant(2);
  upper.diagonal().setConstant(3);
  CHECK(proven_positive_definite(MatrixEnclosure{lower, upper}, 0.4));
  CHECK_FALSE(proven_positive_definite(MatrixEnclosure{lower, upper}, 1.1));  // [[2, 1], [1, 2]] is one of them
}

TEST_CASE("400 rows, mu = .99 lambda_min: 53 bits are too few, 128 enough, and no bits enough above lambda_min") {
  const Index size = 400;
  Matrix factor(size, size);
  for (Index i = 0; i < size; ++i) {
    for (Index j = 0; j < size; ++j) factor(i, j) = std::sin(static_cast<double>(1 + i * i + 3 * i * j + j * j));
  }
  Matrix matrix = factor * factor.transpose() / static_cast<double>(size);
  matrix = (matrix + matrix.transpose().eval()) / 2;
  matrix.diagonal().array() += 0.01;
  const double least = Eigen::SelfAdjointEigenSolver<Matrix>(matrix).eigenvalues()(0);  // to 1e-13 of itself
  CHECK_FALSE(proven_positive_definite(matrix, 0.99 * least, 53));
  CHECK(proven_positive_definite(matrix, 0.99 * least, 128));
  CHECK_FALSE(proven_positive_definite(matrix, 1.0001 * least, 256));
}

TEST_CASE("what is not a symmetric matrix of numbers is refused") {
  const Matrix one = Matrix::Identity(2, 2), nan = Matrix::Constant(2, 2, std::nan(""));
  Matrix skew = one;
  skew(0, 1) = 1;
  CHECK_THROWS_AS(proven_positive_definite(Matrix(Matrix::Zero(2, 3)), 0), std::invalid_argument);
  CHECK_THROWS_AS(proven_positive_definite(nan, 0), std::invalid_argument);
  CHECK_THROWS_AS(proven_positive_definite(skew, 0), std::invalid_argument);
  CHECK_THROWS_AS(proven_positive_definite(MatrixEnclosure{one, 0.5 * one}, 0), std::invalid_argument);
  CHECK_THROWS_AS(proven_positive_definite(MatrixEnclosure{one, Matrix::Identity(3, 3)}, 0), std::invalid_argument);
  CHECK_THROWS_AS(proven_positive_definite(one, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(proven_positive_definite(one, 0, 1), std::invalid_argument);
}
