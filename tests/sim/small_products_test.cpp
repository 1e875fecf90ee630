#include "sim/numerics/small_products.h"

#include <doctest/doctest.h>

#include "sim/random.h"

using namespace lemmata;

namespace {

Matrix gaussian(Index rows, Index columns, std::uint64_t seed) {
  sim::Philox random(seed, sim::Purpose::test);
  Matrix matrix(rows, columns);
  for (double& x : matrix.reshaped()) x = random.normal();
  return matrix;
}

}  // namespace

TEST_CASE("small products equal the plain matrix products for every remainder of the tiles") {
  long compared = 0;
  for (Index features : {1, 2, 7, 8, 9, 10, 16, 19, 32, 128}) {
    for (Index tokens : {1, 2, 3, 4, 5, 6, 8, 9, 16}) {
      const Matrix x = gaussian(features, tokens, 1), t = gaussian(features, tokens, 2), d = gaussian(tokens, tokens, 3);
      Matrix scores = Matrix::Constant(tokens, tokens, 7), mixed = Matrix::Constant(features, tokens, 7);
      sim::score_product(x.data(), t.data(), features, tokens, scores.data());
      sim::mixing_product(x.data(), d.data(), features, tokens, mixed.data());
      const Matrix plain_scores = x.transpose() * t, plain_mixed = x * d;
      // rounding of at most 128 products of normal numbers, in another order
      CHECK((scores - plain_scores).norm() <= 1e-14 * (x.norm() * t.norm()));
      CHECK((mixed - plain_mixed).norm() <= 1e-14 * (x.norm() * d.norm()));
      CHECK(plain_scores.norm() > 1e-3);
      ++compared;
    }
  }
  CHECK(compared == 90);
}

TEST_CASE("score_product by hand: x = (1,2), t = (3,4) gives 11; mixing_product of columns (1,0), (0,1) by d swaps them") {
  const double x[] = {1, 2}, t[] = {3, 4};
  double score = 0;
  sim::score_product(x, t, 2, 1, &score);
  CHECK(score == 11);
  const double columns[] = {1, 0, 0, 1}, d[] = {0, 1, 1, 0};
  double mixed[4] = {};
  sim::mixing_product(columns, d, 2, 2, mixed);
  CHECK(mixed[0] == 0);
  CHECK(mixed[1] == 1);
  CHECK(mixed[2] == 1);
  CHECK(mixed[3] == 0);
}
