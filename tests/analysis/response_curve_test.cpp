#include "analysis/response_curve.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

ResponseCurve seven_trials() {
  ResponseCurve curve;
  for (const Trial& trial : std::initializer_list<Trial>{
           {0, false}, {0.25, false}, {0.5, true}, {0.375, false}, {0.4375, true}, {1, true}, {0.75, false}})
    curve.add(trial);
  return curve;
}

// `each` trials at 0, .1, ..., 1 with success above `threshold`.
ResponseCurve step_at(double threshold, int each) {
  ResponseCurve curve;
  for (int i = 0; i <= 10; ++i) {
    for (int k = 0; k < each; ++k) curve.add({i / 10.0, i / 10.0 > threshold});
  }
  return curve;
}

}  // namespace

TEST_CASE("seven trials: the posterior summed over the grid in numpy (tests/analysis/response_curve_golden.py)") {
  const ResponseCurve curve = seven_trials();
  CHECK(close(curve.largest_log_likelihood(), -2.258530294262186, 0, 1e-12));  // sums in another order
  constexpr double bin = 0.5e-3 + 1e-4;  // half a bin of the histogram, and the digits printed
  CHECK(close(curve.contour_quantile(0.5, 0.1), 0.1903, bin, 0));
  CHECK(close(curve.contour_quantile(0.5, 0.3), 0.3830, bin, 0));
  CHECK(close(curve.contour_quantile(0.5, 0.5), 0.4533, bin, 0));
  CHECK(close(curve.contour_quantile(0.9, 0.1), 0.5847, bin, 0));
  CHECK(curve.contour_quantile(0.9, 0.3) == infinity);  // at 1.1254
  // .076682 of the weight has P = .5 above the range, .753587 has P = .9 there.
  CHECK(curve.contour_quantile(0.5, 1 - 0.0768) < 1);
  CHECK(curve.contour_quantile(0.5, 1 - 0.0765) == infinity);
  CHECK(curve.contour_quantile(0.9, 1 - 0.7537) < 1);
  CHECK(curve.contour_quantile(0.9, 1 - 0.7534) == infinity);
  const ResponseCurve::Band band = curve.response(0.6, 0.95);
  CHECK(close(band.median, 0.6053, bin, 0));
  CHECK(close(band.interval.lower, 0.15, 1.1e-3, 0));  // outward to the edge of its bin
  CHECK(close(band.interval.upper, 0.965, 1.1e-3, 0));
}

TEST_CASE("a band of 60 % runs from the quantile .2 to the quantile .8, by less than a grid step outward") {
  const ResponseCurve curve = seven_trials();
  const Contour found = curve.contour(0.5, 0.6);
  REQUIRE(found.state == ContourState::found);
  const double outward = 0.0025 + 0.5e-3;  // half a step of v0, and from the middle of a bin to its edge
  CHECK(close(found.band.lower, curve.contour_quantile(0.5, 0.2) - outward, 1e-12, 0));
  CHECK(close(found.band.upper, curve.contour_quantile(0.5, 0.8) + outward, 1e-12, 0));
  CHECK(found.place == curve.contour_quantile(0.5, 0.5));
  CHECK(curve.contour(0.5, 0.9).state == ContourState::open);  // .0767 of the weight lies above the range
}

TEST_CASE("without trials every contour is open and nothing is known of the response") {
  const ResponseCurve curve;
  CHECK(curve.contour(0.5, 0.95).state == ContourState::open);
  CHECK(std::isnan(curve.contour(0.5, 0.95).place));
  CHECK(curve.contour(0.5, 0.95).band.lower == -infinity);
  CHECK(curve.contour(0.5, 0.95).band.upper == infinity);
  CHECK(curve.largest_log_likelihood() == 0);
  CHECK(curve.response(0.5, 0.95).interval.upper - curve.response(0.5, 0.95).interval.lower > 0.9);
}

TEST_CASE("failures up to .4 and successes from .5 on: P = .5 between them, within a band that more trials narrow") {
  const Contour few = step_at(0.45, 3).contour(0.5, 0.95), many = step_at(0.45, 30).contour(0.5, 0.95);
  for (const Contour& found : {few, many}) {
    REQUIRE(found.state == ContourState::found);
    CHECK(found.place > 0.4);
    CHECK(found.place < 0.5);
    CHECK(found.band.lower < found.place);
    CHECK(found.band.upper > found.place);
  }
  CHECK(many.band.upper - many.band.lower < few.band.upper - few.band.lower);
  const Contour nine = step_at(0.45, 30).contour(0.9, 0.95);
  CHECK(nine.place > many.place);
}

TEST_CASE("moving every threshold by .2 moves the contour by .2: v0 is uniform") {
  const Contour left = step_at(0.35, 20).contour(0.5, 0.95), right = step_at(0.55, 20).contour(0.5, 0.95);
  CHECK(close(right.place - left.place, 0.2, 3e-3, 0));  // other trials lie beside it
}

TEST_CASE("only failures: above the range, only successes: below it, neither has a number") {
  const Contour never = step_at(2, 5).contour(0.5, 0.95), always = step_at(-1, 5).contour(0.5, 0.95);
  CHECK(never.state == ContourState::above);
  CHECK(always.state == ContourState::below);
  CHECK(std::isnan(never.place));
  CHECK(std::isnan(always.place));
}

TEST_CASE("a ceiling of 3/4 is never .9: above the range at .9, found at .5") {
  ResponseCurve curve;
  for (int i = 0; i <= 10; ++i) {
    for (int k = 0; k < 40; ++k) curve.add({i / 10.0, i > 3 && k % 4 != 0});
  }
  CHECK(curve.contour(0.5, 0.95).state == ContourState::found);
  CHECK(curve.contour(0.9, 0.95).state == ContourState::above);
}

TEST_CASE("a step is explained fully, with likelihood 1, the same trials give the same bits") {
  CHECK(close(step_at(0.45, 3).largest_log_likelihood(), 0, 1e-4, 0));
  CHECK(step_at(0.45, 3).largest_log_likelihood() <= 1e-12);
  const Contour once = seven_trials().contour(0.5, 0.5), again = seven_trials().contour(0.5, 0.5);
  CHECK(once.band.lower == again.band.lower);
  CHECK(once.band.upper == again.band.upper);
}

TEST_CASE("places outside [0, 1], NaN, and probabilities that are none are refused") {
  ResponseCurve curve;
  CHECK_THROWS_AS(curve.add({-0.1, true}), std::invalid_argument);
  CHECK_THROWS_AS(curve.add({1.1, true}), std::invalid_argument);
  CHECK_THROWS_AS(curve.add({std::nan(""), true}), std::invalid_argument);
  for (const double wrong : {0.0, 1.0, std::nan("")}) {
    CHECK_THROWS_AS(curve.contour(wrong, 0.95), std::invalid_argument);
    CHECK_THROWS_AS(curve.contour(0.5, wrong), std::invalid_argument);
    CHECK_THROWS_AS(curve.contour_quantile(0.5, wrong), std::invalid_argument);
    CHECK_THROWS_AS(curve.response(0.5, wrong), std::invalid_argument);
  }
}
