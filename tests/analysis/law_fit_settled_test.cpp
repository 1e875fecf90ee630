#include "analysis/law_fit_settled.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/analysis/synthetic_curves.h"
#include "tests/close.h"

using namespace lemmata::analysis;

TEST_CASE("law fit: 200 clean curves that end in one exponential: at least 90 % right, none wrong, intervals cover") {
  // Family 5151 was never used while the rules were chosen.
  int wrong = 0, right = 0, covered = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const SyntheticCurve curve = settling_curve(5151, index);
    const LawFit fit = fit_law(curve.time, curve.value);
    const bool covers = fit.interval.lower <= curve.parameter && curve.parameter <= fit.interval.upper;
    wrong += fit.law != Law::exponential && fit.law != Law::inconclusive;
    right += fit.law == Law::exponential;
    covered += fit.law == Law::exponential && covers;
    if (fit.law != Law::exponential || !covers)
      MESSAGE("curve ", index, " (", curve.kind, ", ", curve.decades, " decades, ", curve.parameter, "): ",
              law_name(fit.law), " ", fit.rate, " [", fit.interval.lower, ", ", fit.interval.upper, "] ", fit.reason);
  }
  MESSAGE("wrong ", wrong, "; right ", right, " of 200; intervals cover ", covered);
  CHECK(wrong == 0);
  CHECK(right >= 180);
  CHECK(10 * covered >= 9 * right);
}

TEST_CASE("law fit: 200 clean curves that are nearly exponential are not called a law") {
  int wrong = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const SyntheticCurve curve = near_exponential_curve(5151, index);
    const LawFit fit = fit_law(curve.time, curve.value);
    wrong += fit.law != Law::inconclusive;
    if (fit.law != Law::inconclusive)
      MESSAGE("curve ", index, " (", curve.kind, ", ", curve.decades, " decades): ", law_name(fit.law), ": ",
              fit.reason);
  }
  CHECK(wrong == 0);
}
