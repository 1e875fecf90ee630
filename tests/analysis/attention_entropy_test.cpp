#include "analysis/attention_entropy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {
Vector three(double a, double b, double c) { return Eigen::Vector3d(a, b, c); }
}  // namespace

TEST_CASE("attention entropy: weights 2, 1, 1 are 1/2, 1/4, 1/4: 1.5 ln 2, even ones ln 3, one alone 0") {
  CHECK(close(attention_entropy(three(2, 1, 1)), 1.5 * std::numbers::ln2, 0, 1e-15));
  CHECK(close(attention_entropy(three(7, 7, 7)), std::log(3.0), 0, 1e-15));
  CHECK(attention_entropy(three(0, 5, 0)) == 0);
  CHECK(close(attention_entropy(three(1e308, 1e308, 1e308)), std::log(3.0), 0, 1e-15));
  CHECK(
      close(attention_entropy(three(4e-320, 2e-320, 2e-320)), 1.5 * std::numbers::ln2, 0, 1e-3));  // denormal: 4 digits
}

TEST_CASE("attention entropy of logits: ln 2, 0, 0 likewise, whatever is added to all, logits of 1e4 do not overflow") {
  for (const double shift : {0.0, -3.0, 1e4}) {
    // the shift costs 1e4 * 1e-16 in every logit
    CHECK(close(attention_entropy_of_logits(three(std::numbers::ln2 + shift, shift, shift)), 1.5 * std::numbers::ln2,
                1e-11, 1e-15));
  }
  CHECK(attention_entropy_of_logits(three(1e4, 0, 0)) == 0);
  CHECK(close(attention_entropy_of_logits(three(0, 0, -infinity)), std::numbers::ln2, 0, 1e-15));
}

TEST_CASE("attention entropy: what is no distribution is NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(attention_entropy(three(1, -1, 1))));
  CHECK(std::isnan(attention_entropy(three(0, 0, 0))));
  CHECK(std::isnan(attention_entropy(three(1, nan, 1))));
  CHECK(std::isnan(attention_entropy(three(1, infinity, 1))));
  CHECK(std::isnan(attention_entropy(Vector())));
  CHECK(std::isnan(attention_entropy_of_logits(three(1, nan, 1))));
  CHECK(std::isnan(attention_entropy_of_logits(three(1, infinity, 1))));
  CHECK(std::isnan(attention_entropy_of_logits(three(-infinity, -infinity, -infinity))));
}
