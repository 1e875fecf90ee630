#include "sim/numerics/softmax.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "sim/random.h"
#include "tests/close.h"

using namespace lemmata;

TEST_CASE(
    "softmax of columns: every number of rows from 1 to 17, against plain loops in long double, shifted by 1000 the "
    "same") {
  sim::Philox random(1, sim::Purpose::test);
  for (Index rows = 1; rows <= 17; ++rows) {
    CAPTURE(rows);
    Matrix x(rows, 5);
    for (double& entry : x.reshaped()) entry = 3 * random.normal();
    Matrix found = x, shifted = x.array() + 1000;
    sim::softmax_columns(found.data(), rows, 5);
    sim::softmax_columns(shifted.data(), rows, 5);
    for (Index column = 0; column < 5; ++column) {
      long double sum = 0;
      for (Index row = 0; row < rows; ++row) sum += std::exp(static_cast<long double>(x(row, column)));
      for (Index row = 0; row < rows; ++row) {
        const auto expected = static_cast<double>(std::exp(static_cast<long double>(x(row, column))) / sum);
        CHECK(close(found(row, column), expected, 0, 5e-15));    // x - max rounds by 1e-16 of at most 20
        CHECK(close(shifted(row, column), expected, 0, 1e-12));  // x + 1000 rounds by 1e-13
      }
    }
  }
}

TEST_CASE(
    "softmax of columns by hand: equal entries share equally, a gap of 800 leaves 1 and 0, a NaN takes its column and "
    "no other") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Index rows : {2, 4, 8, 16}) {
    CAPTURE(rows);
    Matrix x = Matrix::Zero(rows, 3);
    x(1, 1) = 800, x(1, 2) = nan;
    sim::softmax_columns(x.data(), rows, 3);
    CHECK(x.col(0) == Vector::Constant(rows, 1.0 / static_cast<double>(rows)));
    CHECK(x(1, 1) == 1);
    CHECK(x(0, 1) < 1e-300);
    CHECK(x.col(2).array().isNaN().all());
  }
}
