#include "analysis/attention_mass.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

constexpr double rounding = 1e-14;   // a handful of operations on numbers of size 1
constexpr std::array<int, 4> kinds{class_token, label_token, distractor_token, noise_token};

}  // namespace

TEST_CASE("attention mass: uniform attention over 6 tokens, 3 of them noise: 1/6, 1/6, 1/6, 1/2 and entropy ln 6") {
  AttentionMass attention;
  const std::array<int, 6> six{noise_token, class_token, label_token, noise_token, distractor_token, noise_token};
  attention.add(Matrix::Constant(6, 6, 1.0 / 6), six, 0.3);
  attention.add(Matrix::Constant(6, 6, 1.0 / 6), six, 2.0);
  for (const int kind : {class_token, label_token, distractor_token})
    CHECK(close(attention.mass()[kind], 1.0 / 6, 0, rounding));
  CHECK(close(attention.mass()[noise_token], 0.5, 0, rounding));
  CHECK(close(attention.mass_by_query()(noise_token, label_token), 0.5, 0, rounding));
  CHECK(close(attention.entropy(), std::log(6.0), 0, rounding));
}

TEST_CASE("attention mass: the column is the query, the row the key, by hand") {
  Matrix a = Matrix::Zero(4, 4);
  a.col(0) << 0, 1, 0, 0;          // the class query looks at the label token only
  a.col(1) << 0.5, 0.5, 0, 0;
  a.col(2) << 0, 0, 1, 0;
  a.col(3) << 0, 0.25, 0, 0.75;
  AttentionMass attention;
  attention.add(a, kinds, 1);
  CHECK(close(attention.mass()[class_token], 0.5 / 4, 0, rounding));
  CHECK(close(attention.mass()[label_token], 1.75 / 4, 0, rounding));
  CHECK(close(attention.mass()[distractor_token], 0.25, 0, rounding));
  CHECK(close(attention.mass()[noise_token], 0.75 / 4, 0, rounding));
  CHECK((attention.mass_by_query() - a).norm() < rounding);   // one token per kind, in the order of the kinds
  CHECK(close(attention.entropy(), (std::log(2.0) - 0.25 * std::log(0.25) - 0.75 * std::log(0.75)) / 4, 0, rounding));
}

TEST_CASE("attention mass: samples count by their routing weight, a weight of 0 not at all, not even with NaN") {
  Matrix on_label = Matrix::Zero(4, 4), on_noise = Matrix::Zero(4, 4);
  on_label.row(1).setOnes();
  on_noise.row(3).setOnes();
  AttentionMass attention;
  attention.add(on_label, kinds, 0.75);
  attention.add(on_noise, kinds, 0.25);
  attention.add(Matrix::Constant(4, 4, std::numeric_limits<double>::quiet_NaN()), kinds, 0);
  CHECK(close(attention.mass()[label_token], 0.75, 0, rounding));
  CHECK(close(attention.mass()[noise_token], 0.25, 0, rounding));
  CHECK(attention.entropy() == 0);
}

TEST_CASE("attention mass: nothing added is NaN, a kind that never queries is NaN in its column only") {
  CHECK(std::isnan(AttentionMass().mass()[0]));
  CHECK(std::isnan(AttentionMass().entropy()));
  AttentionMass attention;
  attention.add(Matrix::Constant(2, 2, 0.5), std::array<int, 2>{class_token, label_token}, 1);
  CHECK(std::isnan(attention.mass_by_query()(0, noise_token)));
  CHECK(attention.mass_by_query()(0, label_token) == 0.5);
  CHECK(attention.mass()[noise_token] == 0);
}

TEST_CASE("attention mass: linear attention has a mass but no entropy") {
  AttentionMass attention;
  attention.add(Matrix{{-0.5, 1.0}, {2.0, 0.0}}, std::array<int, 2>{class_token, label_token}, 1);
  CHECK(attention.mass()[class_token] == 0.25);
  CHECK(attention.mass()[label_token] == 1);
  CHECK(std::isnan(attention.entropy()));
}

TEST_CASE("attention mass: without kinds of tokens only the entropy is known, ln 3 for uniform attention over 3") {
  AttentionMass attention;
  attention.add(Matrix::Constant(3, 3, 1.0 / 3), {}, 0.5);
  CHECK(close(attention.entropy(), std::log(3.0), 0, rounding));
  CHECK((std::isnan(attention.mass()[0]) && std::isnan(attention.mass_by_query()(0, 0))));
}

TEST_CASE("attention mass: bad shapes, kinds and weights are refused") {
  AttentionMass attention;
  const Matrix a = Matrix::Constant(4, 4, 0.25);
  CHECK_THROWS_AS(attention.add(a.leftCols(3), kinds, 1), std::invalid_argument);
  CHECK_THROWS_AS(attention.add(a, std::array<int, 3>{0, 1, 2}, 1), std::invalid_argument);
  CHECK_THROWS_AS(attention.add(a, std::array<int, 4>{0, 1, 2, 4}, 1), std::invalid_argument);
  CHECK_THROWS_AS(attention.add(a, kinds, -1), std::invalid_argument);
  CHECK_THROWS_AS(attention.add(a, kinds, std::nan("")), std::invalid_argument);
}
