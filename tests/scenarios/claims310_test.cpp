#include <doctest/doctest.h>

#include <string>

#include "scenarios/claims/claim.h"
#include "tests/close.h"

// Claims M3, M10 and M12: what is cheap of them, with fewer seeds than the claims take.
using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

Evidence checked(const std::string& id, const std::string& name, long seeds = 0) {
  sim::ThreadTeam team(2);
  CheckContext context{team, seeds};
  for (const ClaimEntry& claim : claims()) {
    for (const ClaimSetting& setting : claim.settings) {
      if (claim.id == id && setting.name == name) return check(claim, setting, context);
    }
  }
  FAIL("no such claim: ", id, " ", name);
  return {};
}

void check_as_expected(const Evidence& evidence) {
  CAPTURE(evidence.id);
  CAPTURE(evidence.setting);
  CHECK(evidence.is_as_expected());
  CHECK(!evidence.negative_controls.empty());
}

// The same finding with another number measured.
bool holds_at(Quantity quantity, double measured) {
  quantity.measured = measured;
  return quantity.holds();
}

}  // namespace

TEST_CASE("M3: N = 3, M = 9 experts suffice for 0.9 by hand (1 - 3 (2/3)^9 + 3 (1/3)^9 = .92), where 3 ln 30 = 10.2") {
  const Evidence evidence = checked("M3", "necessary");
  check_as_expected(evidence);
  CHECK(evidence.quantities[0].predicted == 11);
  CHECK(evidence.quantities[0].measured == 9);
  check_as_expected(checked("M3", "sufficient"));
}

TEST_CASE("M3: 4,000 initial values of the simulator follow the recursion, M = N = 3 is 3!/27 = 2/9") {
  const Evidence evidence = checked("M3", "exact law", 4000);
  check_as_expected(evidence);
  CHECK(close(evidence.quantities[0].predicted, 2.0 / 9, 0, 1e-14));
}

TEST_CASE(
    "M10: an additive model set by hand errs on exactly 3 of 24 tuples, a softmax head on none, trained ones on no "
    "fewer than the bound") {
  const Evidence tight = checked("M10", "tight");
  check_as_expected(tight);
  CHECK(close(tight.quantities[0].measured, 0.125, 1e-15, 0));   // a sum of three weights 1/24
  const Evidence trained = checked("M10", "trained", 1);
  check_as_expected(trained);
  CHECK(trained.negative_controls[0].quantities[0].measured == 0);
  CHECK(close(trained.quantities.back().predicted, 7.0 / 88, 0,
              1e-14));  // Zipf (6, 3, 2)/11: (3 + 2 + 2)/22 over pairs, a quarter of it
}

TEST_CASE("M10: an error of 1e-9 less than the bound would refute, the rounding of weights would not") {
  const Evidence trained = checked("M10", "trained", 1), tight = checked("M10", "tight");
  for (const Quantity& quantity : trained.quantities) {
    CHECK(holds_at(quantity, quantity.predicted - 1e-15));
    CHECK_FALSE(holds_at(quantity, quantity.predicted - 1e-9));
  }
  CHECK(holds_at(tight.quantities[0], 0.125 + 1e-15));
  CHECK_FALSE(holds_at(tight.quantities[0], 0.125 + 1e-9));
  CHECK_FALSE(holds_at(tight.quantities[0], 0.125 - 1e-9));
}

TEST_CASE("M12: one seed decides nothing: the interval of a median needs more") {
  const Evidence evidence = checked("M12", "against one stage", 1);
  CHECK(evidence.verdict == Verdict::inconclusive);
  CHECK(evidence.seeds == std::vector<long>{20});
}
