#include "theory/coverage.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::theory;

TEST_CASE("coverage: 6 experts on 3 classes: 540 of 729 maps are onto, 2 on 2: 1/2, 1 class, 1 expert: certain") {
  CHECK(close(coverage_probability(3, 6), 540.0 / 729, 0, 1e-15));   // six sums of positive terms
  CHECK(coverage_probability(2, 2) == 0.5);
  CHECK(coverage_probability(1, 1) == 1);
  CHECK(coverage_probability(1, 0) == 0);
  CHECK(coverage_probability(4, 3) == 0);   // fewer experts than classes
}

TEST_CASE("coverage: exact fractions, where inclusion-exclusion in doubles has long lost every digit too") {
  struct Golden {
    Index classes, experts;
    double covered, uncovered;
  };
  // /usr/bin/python3 tests/theory/golden.py
  constexpr Golden golden[] = {{3, 12, 0.976883605141492659, 0.0231163948585073414},
                               {3, 24, 0.999821790434431471, 0.00017820956556852892},
                               {3, 48, 0.999999989413782318, 1.05862176820166831e-8},
                               {10, 24, 0.392832411981159427, 0.607167588018840573},
                               {40, 600, 0.999989888211724061, 0.0000101117882759387353},
                               {3, 1500, 1, 2.18893402083248637e-264}};
  for (const Golden& g : golden) {   // one rounding per expert and term
    CHECK(close(coverage_probability(g.classes, g.experts), g.covered, 0, 4e-16 * static_cast<double>(g.experts)));
    CHECK(close(uncovered_probability(g.classes, g.experts), g.uncovered, 0, 4e-16 * static_cast<double>(g.experts)));
  }
}

TEST_CASE("coverage: the law of the number of covered classes sums to 1 and has the mean N (1 - (1 - 1/N)^M)") {
  for (const Index experts : {0, 1, 7, 40}) {
    const Vector law = covered_classes_law(9, experts);
    CHECK(close(law.sum(), 1, 0, 1e-14));
    const double mean = law.dot(Vector::LinSpaced(10, 0, 9));
    CHECK(close(mean, 9 * (1 - std::pow(8.0 / 9, static_cast<double>(experts))), 1e-14, 1e-14));
  }
}

TEST_CASE("coverage: Monte Carlo at N = 5, M = 12, 200,000 maps, within 4.9 standard errors (false alarm 1e-6)") {
  std::mt19937_64 generator(11);
  const int trials = 200000;
  int covered = 0;
  for (int trial = 0; trial < trials; ++trial) {
    unsigned seen = 0;
    for (int expert = 0; expert < 12; ++expert) seen |= 1u << (generator() % 5);   // bias of the remainder: 1e-19
    covered += seen == 31u ? 1 : 0;
  }
  const double p = coverage_probability(5, 12);
  CHECK(std::abs(covered - trials * p) < 4.9 * std::sqrt(trials * p * (1 - p)));
}

TEST_CASE("coverage: N ln(N/delta) suffices and is not necessary, coverage rises with M") {
  for (const Index classes : {2, 3, 10, 50}) {
    for (const double delta : {0.5, 0.1, 1e-3}) {
      const Index sufficient = static_cast<Index>(std::ceil(sufficient_experts(classes, delta)));
      const Index necessary = necessary_experts(classes, delta);
      CHECK(uncovered_probability(classes, sufficient) <= delta);
      CHECK(necessary <= sufficient);
      CHECK(uncovered_probability(classes, necessary) <= delta);
      CHECK(uncovered_probability(classes, necessary - 1) > delta);
    }
  }
  CHECK(necessary_experts(10, 0.5) < std::floor(sufficient_experts(10, 0.5)));
  CHECK(close(sufficient_experts(3, 0.05), 3 * std::log(60.0), 0, 1e-15));
  for (Index m = 3; m < 30; ++m) CHECK(coverage_probability(3, m + 1) > coverage_probability(3, m));
}

TEST_CASE("coverage: bad numbers are refused") {
  CHECK_THROWS_AS(coverage_probability(0, 3), std::invalid_argument);
  CHECK_THROWS_AS(coverage_probability(3, -1), std::invalid_argument);
  CHECK_THROWS_AS(sufficient_experts(3, 0), std::invalid_argument);
  CHECK_THROWS_AS(sufficient_experts(3, std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
  CHECK_THROWS_AS(necessary_experts(3, 1), std::invalid_argument);
}
