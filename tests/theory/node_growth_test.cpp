#include "theory/node_growth.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::theory;

TEST_CASE("node growth: c(mu) = 3 mu^2/4 for small mu, and mpmath's for others") {
  // e^{-m^2/2} int_0^1 m^2 (1 - s/2) ds to first order in mu^2
  CHECK(close(growth_constant(1e-5), 0.75e-10, 0, 1e-9));
  CHECK(growth_constant(0) == 0);
  struct Golden {
    double mu, constant;
  };
  // /usr/bin/python3 tests/theory/joma_golden.py; 1e-12 is what the header promises
  constexpr Golden golden[] = {
      {0.01, 0.0000749973958843742954}, {0.5, 0.171994565638886176}, {1, 0.534247385793421004},
      {1.5, 0.80566968979138991},       {2, 0.858504535162119323},   {2.5, 0.757608911141840573},
      {5, 0.30614595849697846},         {12, 0.112227497123383244},  {26, 0.0497597096557952784}};
  for (const Golden& g : golden) {
    CHECK(close(growth_constant(g.mu), g.constant, 0, 1e-12));
    CHECK(growth_constant(-g.mu) == growth_constant(g.mu));
  }
}

TEST_CASE("node growth: the exact time, by mpmath, mu = 0 is dv/dt = -v, t = ln(1/delta), 0 at delta = 1") {
  CHECK(close(growth_time(2, 0.5), 0.447003753822425743, 0, 1e-12));
  CHECK(close(growth_time(2, 3), 1.236538096022523, 0, 1e-12));
  CHECK(close(growth_time(2, 30), 4.91856303226044942, 0, 1e-12));
  CHECK(growth_time(0, 3) == 3);
  CHECK(growth_time(1.5, 0) == 0);
}

TEST_CASE(
    "node growth: what Lambda leaves out is exp(-mu^2/2) mu^2 delta, the leading factor at mu = 2, 1 is e^{3/2}") {
  CHECK(close(growth_ratio(2, 1), std::exp(1.5), 0, 1e-15));
  for (const double mu : {0.5, 1.0, 2.0}) {
    const double gap = 8, left_out = std::exp(-mu * mu / 2) * gap + growth_constant(mu) - growth_time(mu, gap);
    CHECK(close(left_out, std::exp(-mu * mu / 2) * mu * mu * std::exp(-gap), 0, 2e-3));  // next order: delta mu^2
  }
  // both gaps at time 3, without what is left out
  const double gap_k = std::exp(0.5) * (3 - growth_constant(1)), gap_j = std::exp(2.0) * (3 - growth_constant(2));
  CHECK(close(growth_ratio(2, 1) * (1 + growth_correction(2, 1, gap_k)), gap_j / gap_k, 0, 1e-13));
  CHECK(growth_correction(1.5, 1.5, 4) == 0);
}

TEST_CASE("node growth: linear attention has a polynomial gap: mu = 3, 4 at c = 7: 4/sqrt(23)") {
  CHECK(close(linear_growth_ratio(3, 4, 7), 4 / std::sqrt(23.0), 0, 1e-15));
  CHECK(linear_growth_ratio(2, 1, 0) == 2);
}

TEST_CASE("node growth: bad numbers are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(growth_constant(nan), std::invalid_argument);
  CHECK_THROWS_AS(growth_constant(27), std::invalid_argument);
  CHECK_THROWS_AS(growth_time(1, -1), std::invalid_argument);
  CHECK_THROWS_AS(growth_time(1, nan), std::invalid_argument);
  CHECK_THROWS_AS(growth_ratio(1, nan), std::invalid_argument);
  CHECK_THROWS_AS(growth_correction(1, 2, 0), std::invalid_argument);
  CHECK_THROWS_AS(linear_growth_ratio(1, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(linear_growth_ratio(1, 2, nan), std::invalid_argument);
}
