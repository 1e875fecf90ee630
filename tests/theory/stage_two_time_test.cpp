#include "theory/stage_two_time.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::theory;

TEST_CASE(
    "stage II's time: N = 3, L = 4, alpha = 2, a = 1/4, no noise: v^T G v = (1/8)(4 (1 - 1/4)) = 3/8, so 1/(1.5 eta p "
    "l')") {
  const ClassMixture mixture = standard_class_mixture(3, 8, 2, 3, 0.5, 0, 4);
  // slope 1/2, share 1/3, eta 0.1: 1/(0.1 * (1/3) * (1/2) * 4 * (3/8)) = 40
  CHECK(close(stage_two_time(mixture, 0, 0.25, 0.5, 1.0 / 3, 0.1), 40, 0, 1e-14));
  CHECK(close(stage_two_time(mixture, 2, 0.25, 0.5, 1.0 / 3, 0.1), 40, 0, 1e-14));
  CHECK(
      std::isinf(stage_two_time(mixture, 0, -0.25, 0.5, 1.0 / 3, 0.1)));  // the wrong sign: attention leaves the label
}

TEST_CASE("stage II's time: numbers out of range are refused") {
  const ClassMixture mixture = standard_class_mixture(3, 8, 2, 3, 0.5, 0, 4);
  CHECK_THROWS_AS(stage_two_time(mixture, 0, 1, 0, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS(stage_two_time(mixture, 0, 1, 1, 1.5, 1), std::invalid_argument);
  CHECK_THROWS_AS(stage_two_time(mixture, 0, 1, 1, 1, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(stage_two_time(mixture, 3, 1, 1, 1, 1), std::invalid_argument);
}
