#include "sim/numerics/padded_products.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "sim/random.h"
#include "tests/oracle/plain_product.h"

// Against plain loops. The entries are small integers, so every sum is exact in any order and the products are compared
// with ==.
using namespace lemmata;
using sim::padded, sim::Run;

namespace {

/// Integers in -8..8 in the first `features` rows, zeros below.
Matrix integers(Index features, Index columns, std::uint64_t index) {
  sim::Philox random(1, sim::Purpose::test, index);
  Matrix matrix = Matrix::Zero(padded(features), columns);
  for (double& x : matrix.topRows(features).reshaped()) x = static_cast<double>(random.below(17)) - 8;
  return matrix;
}

const Index some_features[] = {1, 7, 8, 10, 16, 19, 24, 40, 128},
            every_remainder[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17};

}  // namespace

TEST_CASE("padded products: a number of rows is the next multiple of 8") {
  CHECK(padded(1) == 8);
  CHECK(padded(8) == 8);
  CHECK(padded(10) == 16);
  CHECK(padded(128) == 128);
}

TEST_CASE("padded products: product is A B for every remainder of the tiles, whatever the distance of B's columns") {
  for (const Index features : some_features) {
    for (const Index depth : every_remainder) {
      for (const Index columns : every_remainder) {
        const Matrix a = integers(features, depth, 1), b = integers(depth, columns, 2).topRows(depth),
                     c = plain_product(a, b);
        Matrix far = Matrix::Constant(depth + 3, columns, 1e9), found = Matrix::Constant(a.rows(), columns, 1e9);
        far.topRows(depth) = b;
        const Run all[] = {{0, columns}};
        sim::product(a.data(), a.rows(), depth, far.data(), depth + 3, all, found.data());
        CHECK(found == c);
      }
    }
  }
}

TEST_CASE(
    "padded products: outer_product is A B^T, or C + A B^T, for every remainder of the tiles, and reads the used rows "
    "of B only") {
  for (const Index features : some_features) {
    for (const Index columns : every_remainder) {
      for (const Index used : every_remainder) {
        const Matrix a = integers(features, columns, 1), b = integers(used, columns, 2).topRows(used),
                     before = integers(features, used, 3);
        Matrix far = Matrix::Constant(used + 3, columns, 1e9), found = before;
        far.topRows(used) = b;
        const Run all[] = {{0, columns}};
        sim::outer_product(a.data(), a.rows(), far.data(), used + 3, used, all, true, found.data());
        CHECK(found == before + plain_product(a, b.transpose()));
        sim::outer_product(a.data(), a.rows(), far.data(), used + 3, used, all, false, found.data());
        CHECK(found == plain_product(a, b.transpose()));
      }
    }
  }
}

TEST_CASE("padded products: inner_products are X^T T for every remainder of the tiles") {
  for (const Index features : some_features) {
    for (const Index left : every_remainder) {
      for (const Index right : every_remainder) {
        const Matrix x = integers(features, left, 1), t = integers(features, right, 2);
        Matrix found = Matrix::Constant(left, right, 1e9);
        sim::inner_products(x.data(), left, t.data(), right, x.rows(), found.data());
        CHECK(found == plain_product(x.transpose(), t));
      }
    }
  }
}

TEST_CASE("padded products: columns outside the runs are neither written nor summed") {
  const Matrix a = integers(19, 19, 1), b = integers(19, 40, 2), d = integers(19, 40, 3);
  const std::vector<Run> runs = {{1, 9}, {11, 1}, {15, 16}, {33, 0}, {38, 2}};
  Matrix expected = Matrix::Constant(24, 40, 7), kept = Matrix::Zero(24, 40), found = expected,
         outer = Matrix::Zero(24, 19);
  const Matrix c = plain_product(a, b.topRows(19));
  for (const Run& run : runs) {
    expected.middleCols(run.first, run.count) = c.middleCols(run.first, run.count);
    kept.middleCols(run.first, run.count) = d.middleCols(run.first, run.count);
  }
  sim::product(a.data(), 24, 19, b.data(), 24, runs, found.data());
  CHECK(found == expected);
  sim::outer_product(d.data(), 24, b.data(), 24, 19, runs, true, outer.data());
  CHECK(outer == plain_product(kept, b.topRows(19).transpose()));
}

TEST_CASE(
    "padded products by hand: x = (1,2), t = (3,4): X^T T = 11, X T^T = (3,4, 6,8), columns (1,0), (0,1) times a swap "
    "are (0,1), (1,0)") {
  const double x[8] = {1, 2}, t[8] = {3, 4}, columns[16] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 1}, swap[] = {0, 1, 1, 0};
  double score = 0, outer[16] = {}, mixed[16] = {};
  sim::inner_products(x, 1, t, 1, 8, &score);
  CHECK(score == 11);
  const Run one[] = {{0, 1}}, two[] = {{0, 2}};
  sim::outer_product(x, 8, t, 8, 2, one, true, outer);
  for (const auto& [entry, value] : {std::pair{0, 3}, {1, 6}, {8, 4}, {9, 8}}) CHECK(outer[entry] == value);
  sim::product(columns, 8, 2, swap, 2, two, mixed);
  for (const auto& [entry, value] : {std::pair{0, 0}, {1, 1}, {8, 1}, {9, 0}}) CHECK(mixed[entry] == value);
}

TEST_CASE("padded products: the same bits at every alignment, and no write outside the result") {
  const Matrix a = 0.1 * integers(19, 5, 1), b = 0.1 * integers(19, 5, 2),
               t = 0.1 * integers(8, 6, 3);  // rounded: the order of sums shows
  const Run all[] = {{0, 6}}, five[] = {{0, 5}};
  Matrix inner(5, 5), product(24, 6), outer = Matrix::Zero(24, 19);
  sim::inner_products(a.data(), 5, b.data(), 5, 24, inner.data());
  sim::product(a.data(), 24, 5, t.data(), 8, all, product.data());
  sim::outer_product(a.data(), 24, b.data(), 24, 19, five, true, outer.data());
  const auto same_shifted = [](const Matrix& input, const Matrix& expected, auto write) {
    for (Index shift = 0; shift < 8; ++shift) {
      Vector shifted = Vector::Zero(input.size() + 8), target = Vector::Constant(expected.size() + 16, 3);
      shifted.segment(shift, input.size()) = input.reshaped();
      target.segment(shift + 4, expected.size()).setZero();
      write(shifted.data() + shift, target.data() + shift + 4);
      CHECK(target.segment(shift + 4, expected.size()) == expected.reshaped());
      CHECK(std::count(target.begin(), target.end(), 3.0) == 16);
    }
  };
  same_shifted(a, inner, [&](const double* from, double* to) { sim::inner_products(from, 5, b.data(), 5, 24, to); });
  same_shifted(a, product, [&](const double* from, double* to) { sim::product(from, 24, 5, t.data(), 8, all, to); });
  same_shifted(a, outer,
               [&](const double* from, double* to) { sim::outer_product(from, 24, b.data(), 24, 19, five, true, to); });
}
