#include "theory/leaf_cooccurrence.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::theory;

namespace {

Vector list(std::initializer_list<double> values) {
  Vector vector(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), vector.data());
  return vector;
}

}  // namespace

TEST_CASE("leaf co-occurrence: labels even, P(0|k) = 1/4, 1: rho_0 = (-1/2 + 1)/2 = 1/4, q_2 = 5/8, literal 5/8") {
  const Vector even = list({0.5, 0.5}), zero = list({0.25, 1});
  CHECK(root_mean(even, zero) == 0.25);
  CHECK(root_second_moment(even, zero) == 0.625);
  CHECK(literal_root_mean(even, zero) == 0.625);
}

TEST_CASE(
    "leaf co-occurrence: L = 2, rho = 1/2, rho_0 = 1/4, q_2 = 5/8: a = 1/8, H = 1: (1/2)(5/4 - 1/4)/(7/8) = 4/7") {
  CHECK(close(leaf_cooccurrence(2, 1, 0.5, 0.25, 0.625), 4.0 / 7, 0, 1e-15));
  // H = 2: E[s s] = 5/32, (1/2)(37/32 - 8/32)/(28/32) = 29/56.
  CHECK(close(leaf_cooccurrence(2, 2, 0.5, 0.25, 0.625), 29.0 / 56, 0, 1e-15));
}

TEST_CASE("leaf co-occurrence: L = 5, rho = .9, rho_0 = -.311: .9211 .8572 .8054 .7635 for H = 1..4") {
  const double golden[] = {0.9211, 0.8572, 0.8054, 0.7635};  // joma.md's, to four digits
  for (Index levels = 1; levels <= 4; ++levels)
    CHECK(close(leaf_cooccurrence(5, levels, 0.9, -0.311, 0.2), golden[levels - 1], 5e-5, 0));
  // /usr/bin/python3 -c "from fractions import Fraction as F; r=F(9,10); a=r**4*F(-311,1000); q=F(5,16)
  // print(*['%.17g'%float((1+p-2*a)/(2*(1-a))) for p in [r**2,r**4,r**6,r**8,r**8*q]])"
  const double exact[] = {0.92109943207371203, 0.85718997205341885, 0.80542330943698137, 0.76349231271766693,
                          0.64059587167520271};
  for (Index levels = 1; levels <= 5; ++levels)
    CHECK(close(leaf_cooccurrence(5, levels, 0.9, -0.311, 0.3125), exact[levels - 1], 0, 1e-15));
}

TEST_CASE("leaf co-occurrence: a leaf with itself 1, rho = 1: one for H < L, rho = 0: 1/2, and it falls with H") {
  CHECK(leaf_cooccurrence(5, 0, 0.7, 0.3, 0.2) == 1);
  for (Index levels = 1; levels < 5; ++levels) {
    CHECK(leaf_cooccurrence(5, levels, 1, -0.3, 0.2) == 1);
    CHECK(leaf_cooccurrence(5, levels, 0, -0.3, 0.2) == 0.5);
    CHECK(leaf_cooccurrence(5, levels, 0.7, 0.3, 0.2) > leaf_cooccurrence(5, levels + 1, 0.7, 0.3, 0.2));
  }
  // depth 1: only the root: E[(1 - s)^2 given the label] / E[1 - s] / 2
  CHECK(close(leaf_cooccurrence(1, 1, 0.3, 0.25, 0.625), 0.5 * (1 + 0.625 - 0.5) / 0.75, 0, 1e-15));
  // q_2 = rho_0^2 (one label): leaves that meet in the root are independent
  CHECK(close(leaf_cooccurrence(3, 3, 0.8, -0.5, 0.25), (1 + 0.64 * 0.5) / 2, 0, 1e-15));
}

TEST_CASE("leaf co-occurrence: the literal mean is rho_0 exactly where every label gives 0 with certainty") {
  const Vector law = list({0.3, 0.7});
  CHECK(literal_root_mean(law, list({1, 1})) == root_mean(law, list({1, 1})));
  CHECK(literal_root_mean(law, list({0.9, 1})) != root_mean(law, list({0.9, 1})));
}

TEST_CASE("leaf co-occurrence: numbers outside their range, NaN and impossible conditions are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(leaf_cooccurrence(0, 0, 0.5, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(leaf_cooccurrence(3, 4, 0.5, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(leaf_cooccurrence(3, -1, 0.5, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(leaf_cooccurrence(3, 1, nan, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(leaf_cooccurrence(3, 1, 0.5, nan, 0), std::invalid_argument);
  CHECK_THROWS_AS(leaf_cooccurrence(3, 1, 0.5, 0, -0.1), std::invalid_argument);
  CHECK_THROWS_AS(leaf_cooccurrence(3, 1, 1, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(root_mean(list({0.5, 0.4}), list({0.5, 0.5})), std::invalid_argument);
  CHECK_THROWS_AS(root_mean(list({0.5, 0.5}), list({0.5})), std::invalid_argument);
  CHECK_THROWS_AS(root_second_moment(list({1}), list({nan})), std::invalid_argument);
}
