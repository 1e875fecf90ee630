#include "analysis/separation.h"

#include <doctest/doctest.h>

#include <Eigen/QR>
#include <cmath>
#include <random>
#include <stdexcept>

#include "analysis/nonnegative_least_squares.h"
#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

/// Entries uniform in (-1, 1), the same in every standard library.
Matrix uniform_matrix(Index rows, Index columns, std::mt19937_64& generator) {
  Matrix matrix(rows, columns);
  for (double& x : matrix.reshaped()) x = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
  return matrix;
}

/// The two promises of a separation: positive on S, zero on R.
void check_direction(const Matrix& points, const Separation& separation) {
  REQUIRE(separation.decided);
  CHECK(static_cast<Index>(separation.separated.size() + separation.rest.size()) == points.cols());
  for (const Index k : separation.separated)
    CHECK(points.col(k).dot(separation.direction) > 1e-12 * points.col(k).norm());
  for (const Index k : separation.rest)
    CHECK(std::abs(points.col(k).dot(separation.direction)) <= 1e-9 * points.col(k).norm());
}

}  // namespace

TEST_CASE("nnls: one inactive column by hand: min ||(x1 - x2, x1) - (-1, 1)|| over x >= 0 is x = (1, 2)") {
  const Matrix matrix{{1.0, -1.0}, {1.0, 0.0}};
  Vector x = nonnegative_least_squares(matrix, Vector{{-1.0, 1.0}}).solution;
  CHECK((x - Vector{{1.0, 2.0}}).norm() < 1e-14);
  x = nonnegative_least_squares(matrix, Vector{{3.0, 1.0}}).solution;   // unconstrained (1, -2): x2 = 0, x1 = 2
  CHECK((x - Vector{{2.0, 0.0}}).norm() < 1e-14);
  CHECK(x[1] == 0);
  CHECK(nonnegative_least_squares(matrix, Vector{{-1.0, -5.0}}).solution[0] == 0);
}

TEST_CASE("nnls: Karush-Kuhn-Tucker conditions on 200 random problems, wide, tall and with repeated columns") {
  std::mt19937_64 generator(1);
  for (int trial = 0; trial < 200; ++trial) {
    const Index rows = 2 + trial % 7, columns = 1 + trial % 11;
    Matrix matrix = uniform_matrix(rows, columns, generator);
    if (trial % 3 == 0) matrix.col(0) = matrix.col(columns - 1);
    const Vector target = uniform_matrix(rows, 1, generator);
    const NonnegativeLeastSquares result = nonnegative_least_squares(matrix, target);
    REQUIRE(result.converged);
    const Vector descent = matrix.transpose() * (target - matrix * result.solution);
    CHECK(result.solution.minCoeff() >= 0);
    CHECK(descent.maxCoeff() < 1e-12);                                          // rounding times the condition
    CHECK(descent.cwiseProduct(result.solution).cwiseAbs().maxCoeff() < 1e-11);
  }
}

TEST_CASE("least distance: x1 + x2 >= 2 is (1, 1), adding x1 >= 1.5 gives (1.5, 0.5), contradictions have residual 0") {
  LeastDistance nearest = least_distance(Matrix{{1.0, 1.0}}, Vector{{2.0}});
  CHECK((nearest.point - Vector{{1.0, 1.0}}).norm() < 1e-14);
  CHECK(close(nearest.residual, 1 / std::sqrt(3.0), 0, 1e-14));
  nearest = least_distance(Matrix{{1.0, 1.0}, {1.0, 0.0}}, Vector{{2.0, 1.5}});
  CHECK((nearest.point - Vector{{1.5, 0.5}}).norm() < 1e-14);
  nearest = least_distance(Matrix{{1.0, 0.0}, {-1.0, 0.0}}, Vector{{1.0, 0.0}});   // x1 >= 1 and x1 <= 0
  CHECK(nearest.residual < 1e-14);
  CHECK(least_distance(Matrix{{1.0, 0.0}}, Vector{{-1.0}}).point.norm() == 0);   // satisfied at the origin
}

TEST_CASE("separation: (1,0), (0,1) separable, (1,0), (-1,0) not, adding (0,1) separates that one only") {
  Separation separation = linear_separation(Matrix::Identity(2, 2));
  check_direction(Matrix::Identity(2, 2), separation);
  CHECK(separation.separated == std::vector<Index>{0, 1});
  CHECK(close(separation.direction[0], std::sqrt(0.5), 0, 1e-14));   // the widest margin
  separation = linear_separation(Matrix{{1.0, -1.0}, {0.0, 0.0}});
  CHECK(separation.rest == std::vector<Index>{0, 1});
  CHECK(separation.direction.norm() == 0);
  const Matrix three{{1.0, -2.0, 5.0}, {0.0, 0.0, 0.1}};
  separation = linear_separation(three);
  check_direction(three, separation);
  CHECK(separation.separated == std::vector<Index>{2});
}

TEST_CASE("separation: two rounds of faces: e1, -e1, e2, -e2 + 3 e1, e3 - e2, and the zero point") {
  Matrix points(3, 6);
  points << 1, -1, 0,  3,  0, 0,
            0,  0, 1, -1, -1, 0,
            0,  0, 0,  0,  1, 0;
  const Separation separation = linear_separation(points);
  check_direction(points, separation);
  CHECK(separation.separated == std::vector<Index>{4});
  CHECK(separation.rest == std::vector<Index>{0, 1, 2, 3, 5});
}

TEST_CASE("separation: empty, single and identical points") {
  CHECK(linear_separation(Matrix(3, 0)).decided);
  CHECK(linear_separation(Matrix::Ones(3, 1)).separated.size() == 1);
  CHECK(linear_separation(Matrix::Ones(3, 50)).separated.size() == 50);
  CHECK(linear_separation(Matrix::Zero(3, 2)).rest.size() == 2);
  CHECK_THROWS_AS(linear_separation(Matrix::Constant(1, 1, std::nan(""))), std::invalid_argument);
}

TEST_CASE("separation: planted margins down to 1e-6 are found, and the mirror image of one point destroys them") {
  std::mt19937_64 generator(2);
  for (const double margin : {0.3, 1e-2, 1e-4, 1e-6}) {
    for (int trial = 0; trial < 20; ++trial) {
      const Index features = 3 + trial % 4, samples = 40;
      Matrix points = uniform_matrix(features, samples, generator);
      for (Index k = 0; k < samples; ++k) points(0, k) = margin * (1 + std::abs(points(0, k)));
      const Matrix rotation = Matrix(uniform_matrix(features, features, generator)).householderQr().householderQ();
      points = rotation * points;
      const Separation separation = linear_separation(points);
      check_direction(points, separation);
      CHECK(separation.rest.empty());
      Matrix mirrored(features, samples + 1);
      mirrored << points, -points.col(trial);
      const Separation spoiled = linear_separation(mirrored);
      check_direction(mirrored, spoiled);
      CHECK(spoiled.rest.size() >= 2);
    }
  }
}

TEST_CASE(
    "separation: planted partition: a zero combination in a subspace, the rest strictly outside, on 100 problems") {
  std::mt19937_64 generator(3);
  for (int trial = 0; trial < 100; ++trial) {
    const Index inner = 1 + trial % 3, features = inner + 2, in_rest = 2 * inner + 3, outside = 5;
    Matrix points = uniform_matrix(features, in_rest + outside, generator);
    points.bottomLeftCorner(2, in_rest).setZero();
    // The last inner point closes a positive combination of the others, so that all of them are in R.
    Vector coefficient = (uniform_matrix(in_rest - 1, 1, generator).array() + 1.5).matrix();
    points.col(in_rest - 1) = -points.leftCols(in_rest - 1) * coefficient;
    for (Index k = in_rest; k < points.cols(); ++k) points(features - 1, k) = 0.1 + std::abs(points(features - 1, k));
    const Matrix rotation = Matrix(uniform_matrix(features, features, generator)).householderQr().householderQ();
    points = rotation * points;
    const Separation separation = linear_separation(points);
    check_direction(points, separation);
    CHECK(static_cast<Index>(separation.rest.size()) == in_rest);
    CHECK(static_cast<Index>(separation.separated.size()) == outside);
  }
}
