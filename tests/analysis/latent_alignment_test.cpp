#include "analysis/latent_alignment.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

Matrix golden_latents(Index latents) {
  Matrix z(12, latents);
  for (Index s = 0; s < 12; ++s) {
    for (Index j = 0; j < latents; ++j) z(s, j) = (s * (2 * j + 3)) % 7 < 3 ? 1 : 0;
  }
  return z;
}

Matrix golden_hidden() {
  Matrix h(12, 5);
  for (Index s = 0; s < 12; ++s) {
    for (Index k = 0; k < 5; ++k)
      h(s, k) = std::fmax(std::sin(1.0 + static_cast<double>(s) * (static_cast<double>(k) + 1.5)), 0);
  }
  return h;
}

}  // namespace

TEST_CASE("alignment: z = (0,0,1,1), h = (0,1,2,3): covariance 2, norms 1 and sqrt 5: 2/sqrt 5, -h the same") {
  Matrix z(4, 1), h(4, 2);
  z << 0, 0, 1, 1;
  h << 5, 0, 5, -1, 5, -2, 5, -3;
  const LatentAlignment found = latent_alignment(z, h);
  CHECK(close(found.score, 2 / std::sqrt(5.0), 0, 1e-15));
  CHECK(found.unit[0] == 1);  // the first unit is constant
}

TEST_CASE("alignment: numpy's corrcoef on a table of 12 samples, 2 latents, 5 units") {
  const LatentAlignment found = latent_alignment(golden_latents(2), golden_hidden());
  // /usr/bin/python3 tests/analysis/latent_alignment_golden.py
  CHECK(close(found.best[0], 0.77824239449865174, 0, 1e-14));
  CHECK(close(found.best[1], 0.89500069754873257, 0, 1e-14));
  CHECK(found.unit[0] == 3);
  CHECK(found.unit[1] == 3);
  CHECK(close(found.score, 0.8366215460236921, 0, 1e-14));
}

TEST_CASE("alignment: a constant latent is left out and counted, constant units match nothing, all constant: NaN") {
  const LatentAlignment found = latent_alignment(golden_latents(3), golden_hidden());  // the third is 1 everywhere
  CHECK(found.constant_latents == 1);
  CHECK(std::isnan(found.best[2]));
  CHECK(found.unit[2] == -1);
  CHECK(close(found.score, 0.8366215460236921, 0, 1e-14));
  CHECK(latent_alignment(golden_latents(2), Matrix::Constant(12, 3, 0.1)).score == 0);  // .1 is not its own mean
  const LatentAlignment none = latent_alignment(golden_latents(3).rightCols(1), golden_hidden());
  CHECK(std::isnan(none.score));
  CHECK(none.constant_latents == 1);
}

TEST_CASE(
    "alignment: what varies by rounding alone is constant, be it a unit or a latent, what varies by 1e-9 is not") {
  Matrix z(4, 1), rounded(4, 1);
  z << 0, 1, 0, 1;
  rounded << 0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2;
  REQUIRE(rounded(0) != rounded(1));
  CHECK(latent_alignment(z, rounded).score == 0);
  CHECK(latent_alignment(rounded, z).constant_latents == 1);
  // rounding moves such a unit by 1e-7 of what it varies by
  CHECK(close(latent_alignment(z, (1 + 1e-9 * z.array()).matrix()).score, 1, 1e-7, 0));
}

TEST_CASE(
    "alignment: unchanged by scale, shift and sign of every unit, from 1e-200 to 1e200, 1 for the latent itself") {
  const Matrix z = golden_latents(2), h = golden_hidden();
  const double score = latent_alignment(z, h).score;
  for (const double scale : {1e-200, -3.0, 1e200}) {
    CHECK(close(latent_alignment(z, scale * h).score, score, 0, 1e-14));
    CHECK(close(latent_alignment(z * scale, h).score, score, 0, 1e-14));
  }
  CHECK(close(latent_alignment(z, (h.array() + 7).matrix()).score, score, 0, 1e-13));  // 7/.5 digits are lost
  Matrix with_latents(12, 7);
  with_latents << h, (2 - z.array()).matrix();
  CHECK(close(latent_alignment(z, with_latents).score, 1, 1e-14, 0));
}

TEST_CASE("alignment: NaN and infinity give NaN, shapes that disagree are refused") {
  Matrix h = golden_hidden();
  h(3, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(latent_alignment(golden_latents(2), h).score));
  h(3, 1) = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(latent_alignment(golden_latents(2), h).score));
  CHECK_THROWS_AS(latent_alignment(golden_latents(2).topRows(5), h), std::invalid_argument);
  CHECK_THROWS_AS(latent_alignment(golden_latents(2).topRows(1), h.topRows(1)), std::invalid_argument);
  CHECK_THROWS_AS(latent_alignment(golden_latents(2), h.leftCols(0)), std::invalid_argument);
}

TEST_CASE(
    "alignment: the largest over positions of (1,-1 | 2,-2 | -3,-5), 2 and 1 of them: (2,-1 | -3,-5), NaN stays") {
  Matrix h(3, 2);
  h << 1, -1, 2, -2, -3, -5;
  Eigen::VectorX<Index> positions(2);
  positions << 2, 1;
  Matrix expected(2, 2);
  expected << 2, -1, -3, -5;
  CHECK(largest_over_positions(h, positions) == expected);
  h(0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(largest_over_positions(h, positions)(0, 0)));
  positions << 2, 2;
  CHECK_THROWS_AS(largest_over_positions(h, positions), std::invalid_argument);
  positions << 3, 0;
  CHECK_THROWS_AS(largest_over_positions(h, positions), std::invalid_argument);
}
