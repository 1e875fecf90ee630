#include "analysis/stable_rank.h"

#include <doctest/doctest.h>

#include <Eigen/QR>
#include <cmath>
#include <limits>

#include "tests/close.h"

using namespace lemmata::analysis;

TEST_CASE("stable rank: singular values 2, 1, 1 give (4 + 1 + 1)/4 = 1.5, whatever the rotation, shape and scale") {
  Matrix matrix = Matrix::Zero(3, 5);
  matrix(0, 0) = 2, matrix(1, 1) = 1, matrix(2, 2) = 1;
  CHECK(close(stable_rank(matrix), 1.5, 0, 1e-15));
  CHECK(close(stable_rank(matrix.transpose()), 1.5, 0, 1e-15));
  CHECK(close(stable_rank(1e200 * matrix), 1.5, 0, 1e-15));
  CHECK(close(stable_rank(1e-200 * matrix), 1.5, 0, 1e-15));
  Matrix mixed(3, 3);
  mixed << 1, 2, 3, -2, 1, 0.5, 0.3, -1, 2;
  const Matrix rotation = mixed.householderQr().householderQ();
  CHECK(close(stable_rank(rotation * matrix), 1.5, 0, 1e-14));
}

TEST_CASE("stable rank: the identity has full, an outer product rank 1, numpy's value of a 2 x 3 matrix") {
  CHECK(close(stable_rank(Matrix::Identity(7, 7)), 7, 0, 1e-15));
  CHECK(close(stable_rank(Vector::LinSpaced(4, 1, 2) * Vector::LinSpaced(6, -1, 3).transpose()), 1, 0, 1e-14));
  Matrix matrix(2, 3);
  matrix << 1, 2, 3, 4, 5, 6;
  // python3 -c "import numpy as n; s=n.linalg.svd([[1,2,3],[4,5,6]],compute_uv=0); print(repr((s**2).sum()/s[0]**2))"
  CHECK(close(stable_rank(matrix), 1.0066074094609603, 0, 1e-14));
}

TEST_CASE("stable rank: no matrix, only zeros or something not finite is NaN") {
  CHECK(std::isnan(stable_rank(Matrix())));
  CHECK(std::isnan(stable_rank(Matrix::Zero(2, 3))));
  CHECK(std::isnan(stable_rank(Matrix::Constant(2, 2, std::numeric_limits<double>::infinity()))));
  CHECK(std::isnan(stable_rank(Matrix::Constant(2, 2, std::numeric_limits<double>::quiet_NaN()))));
}
