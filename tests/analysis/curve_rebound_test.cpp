#include "analysis/curve_rebound.h"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <vector>

using namespace lemmata::analysis;

TEST_CASE("curve rebound: 5 3 4 1 1 2 drops by 4 to index 3, ends 1 above, rises by 1 at most, and in steps of 1") {
  const CurveRebound found = curve_rebound(std::vector<double>{5, 3, 4, 1, 1, 2});
  CHECK(found.first == 5);
  CHECK(found.minimum == 1);
  CHECK(found.minimum_index == 3);
  CHECK(found.last == 2);
  CHECK(found.drop == 4);
  CHECK(found.rebound == 1);
  CHECK(found.largest_rise == 1);
  CHECK(found.largest_step == 1);
}

TEST_CASE("curve rebound: the largest rise need not be from the lowest point, nor in one step") {
  const CurveRebound found = curve_rebound(std::vector<double>{2, 4, 6, 1, 3});
  CHECK(found.largest_rise == 4);  // 2 -> 6
  CHECK(found.largest_step == 2);
  CHECK(found.rebound == 2);
}

TEST_CASE("curve rebound: a falling curve never rises, its mildest step is negative, a constant one is 0 all over") {
  const CurveRebound falling = curve_rebound(std::vector<double>{3, 2.5, 1});
  CHECK(falling.largest_rise == 0);
  CHECK(falling.largest_step == -0.5);
  CHECK(falling.rebound == 0);
  CHECK(falling.drop == 2);
  CHECK(falling.minimum_index == 2);
  const CurveRebound flat = curve_rebound(std::vector<double>{1, 1});
  CHECK(flat.largest_step == 0);
  CHECK(flat.drop == 0);
}

TEST_CASE("curve rebound: fewer than two numbers, or one that is not finite, are refused") {
  CHECK_THROWS_AS(curve_rebound(std::vector<double>{1}), std::invalid_argument);
  CHECK_THROWS_AS(curve_rebound(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}),
                  std::invalid_argument);
}
