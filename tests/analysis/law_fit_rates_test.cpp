#include <doctest/doctest.h>

#include "tests/analysis/synthetic_curves.h"

using namespace lemmata::analysis;

TEST_CASE("law fit: 300 synthetic curves: no confident wrong law, at least 90 % right, intervals cover at least 90 %" *
          doctest::test_suite("hundreds of draws")) {
  // Family 4242 was never used while the rules of fit_law were chosen.
  int wrong = 0, decidable = 0, right = 0, named = 0, covered = 0, neither = 0;
  for (std::uint64_t index = 0; index < 300; ++index) {
    const SyntheticCurve curve = synthetic_curve(4242, index);
    const LawFit fit = fit_law(curve.time, curve.value);
    const bool correct = fit.law == curve.truth;
    neither += curve.truth == Law::inconclusive;
    if (fit.law != Law::inconclusive && !correct) {
      ++wrong;
      MESSAGE("curve ", index, " (", curve.kind, ") was called ", law_name(fit.law), ": ", fit.reason);
    }
    if (curve.truth == Law::inconclusive) continue;
    decidable += curve.decades >= 3;
    right += curve.decades >= 3 && correct;
    named += correct;
    covered += correct && fit.interval.lower <= curve.parameter && curve.parameter <= fit.interval.upper;
  }
  MESSAGE("wrong ", wrong, "; right ", right, " of ", decidable, "; intervals cover ", covered, " of ", named,
          "; neither law: ", neither);
  CHECK(neither >= 30);
  CHECK(decidable >= 190);
  CHECK(wrong == 0);
  CHECK(10 * right >= 9 * decidable);
  CHECK(10 * covered >= 9 * named);
}
