#include "scenarios/measure/quantities.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "scenarios/measure/seeds.h"
#include "scenarios/measure/stored.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

TEST_CASE("a quantity holds on both sides of its criterion, its edge included, NaN never holds") {
  Quantity quantity{"", 1, 1.5, 0.5, ""};
  CHECK(quantity.holds());
  quantity.criterion = Criterion::at_least;
  CHECK(quantity.holds());
  quantity.criterion = Criterion::at_most;
  CHECK_FALSE(quantity.holds());
  quantity.measured = 0.5;
  CHECK(quantity.holds());
  quantity.criterion = Criterion::at_least;
  CHECK_FALSE(quantity.holds());
  quantity.criterion = Criterion::equal;
  CHECK(quantity.holds());
  quantity.measured = 0.25;
  CHECK_FALSE(quantity.holds());
  for (const Criterion criterion : {Criterion::equal, Criterion::at_least, Criterion::at_most}) {
    quantity.criterion = criterion;
    quantity.measured = std::nan("");
    CHECK_FALSE(quantity.holds());
  }
}

TEST_CASE("only judged quantities decide, none is no evidence") {
  const Quantity good{"", 1, 1, 0, ""}, bad{"", 1, 2, 0, ""};
  CHECK(verdict_within({good, reported(bad)}) == Verdict::supported);
  CHECK(verdict_within({good, bad}) == Verdict::refuted);
  CHECK(verdict_within({reported(good), reported(bad)}) == Verdict::inconclusive);
}

TEST_CASE("what rests on no number is undecided, unless a number refutes by itself, infinities are numbers") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const Quantity good{"", 1, 1, 0, ""}, bad{"", 1, 2, 0, ""}, none{"", 1, nan, 0, ""};
  CHECK(verdict_within({good, none}) == Verdict::inconclusive);
  CHECK(verdict_within({none, bad}) == Verdict::refuted);
  CHECK(verdict_within({good, reported(none)}) == Verdict::supported);
  CHECK(verdict_within({{"", nan, 1, 0, ""}}) == Verdict::inconclusive);
  CHECK(verdict_within({{"", 1, 1, nan, ""}}) == Verdict::inconclusive);
  CHECK(verdict_within({{"", 1, inf, 0, ""}}) == Verdict::refuted);
}

TEST_CASE("a check whose judged quantity is no number has no verdict, whatever it says itself") {
  sim::ThreadTeam team(1);
  CheckContext context{team};
  const auto verdict_of = [&](Verdict said, const std::vector<Quantity>& quantities) {
    const ClaimSetting setting{"only", Verdict::supported, "quick", [&](CheckContext&, Evidence& evidence) {
                                 evidence.verdict = said;
                                 evidence.quantities = quantities;
                                 evidence.reason = "so it is";
                               }};
    const Evidence found = check({"X", "none", "", "", "", {}, {setting}}, setting, context);
    CHECK(found.reason.ends_with("so it is"));
    CHECK((found.reason.find("a loss is not a number") == 0) == (found.verdict != said));
    return found.verdict;
  };
  const Quantity good{"a loss", 1, 1, 0, ""}, bad{"a loss", 1, 2, 0, ""}, none{"a loss", 1, std::nan(""), 0, ""};
  CHECK(verdict_of(Verdict::supported, {good}) == Verdict::supported);
  CHECK(verdict_of(Verdict::supported, {good, none}) == Verdict::inconclusive);
  CHECK(verdict_of(Verdict::refuted, {good, none}) == Verdict::inconclusive);
  CHECK(verdict_of(Verdict::refuted, {bad, none}) == Verdict::refuted);
  CHECK(verdict_of(Verdict::supported, {good, reported(none)}) == Verdict::supported);
}

TEST_CASE("a prediction against an asymmetric interval: held at each end, with its slack") {
  const analysis::Interval interval{0.5, 3};
  CHECK(interval_quantity("", 0.5, 1, interval, 0, "").holds());
  CHECK_FALSE(interval_quantity("", 0.49, 1, interval, 0, "").holds());
  CHECK(interval_quantity("", 3, 1, interval, 0, "").holds());
  CHECK_FALSE(interval_quantity("", 3.1, 1, interval, 0, "").holds());
  CHECK(interval_quantity("", 3.1, 1, interval, 0.05, "").holds());
}

TEST_CASE(
    "at least 0.9: 36 of 36 seeds have .9026 as lower end, 35 of 35 .89998, 0 of 2 have .842 as upper end, 0 of 1 "
    ".975") {
  const auto verdict = [](std::size_t held, std::size_t failed) {
    std::vector<bool> list(held, true);
    list.resize(held + failed, false);
    return verdict_at_least(proportion(list, 0.95), 0.9);
  };
  CHECK(close(proportion(std::vector<bool>(36, true), 0.95).interval.lower, std::pow(0.025, 1.0 / 36), 0, 1e-12));
  CHECK(verdict(36, 0) == Verdict::supported);
  CHECK(verdict(35, 0) == Verdict::inconclusive);
  CHECK(verdict(0, 2) == Verdict::refuted);
  CHECK(verdict(0, 1) == Verdict::inconclusive);
  CHECK(verdict(0, 0) == Verdict::inconclusive);
  CHECK(verdict(178, 22) == Verdict::inconclusive);
}

TEST_CASE("rows of different lengths are stored filled up with NaN, empty arrays are left out") {
  Evidence evidence;
  store_seeds(evidence, "seed", {4, 7});
  store_rows(evidence, "curve", "seed", "step", {{1, 2, 3}, {4}}, "");
  store(evidence, "none", {{"nothing", 0}}, {}, "");
  REQUIRE(evidence.stored.variables.size() == 2);
  CHECK(evidence.stored.dimensions == std::map<std::string, std::size_t>{{"seed", 2}, {"step", 3}});
  const auto& values = std::get<std::vector<double>>(evidence.stored.variables[1].values);
  REQUIRE(values.size() == 6);
  CHECK(std::vector<double>(values.begin(), values.begin() + 4) == std::vector<double>{1, 2, 3, 4});
  CHECK((std::isnan(values[4]) && std::isnan(values[5])));
}

TEST_CASE(
    "controls: the judge must support every positive and no negative one, and have one that could say otherwise") {
  const Control fails{"", Verdict::refuted, {}}, undecided{"", Verdict::inconclusive, {}},
      passes{"", Verdict::supported, {}};
  const auto hold = [](Verdict verdict, const std::vector<Control>& negative, const std::vector<Control>& positive) {
    Evidence evidence;
    evidence.verdict = evidence.expected = verdict;
    evidence.negative_controls = negative;
    evidence.positive_controls = positive;
    CHECK(evidence.is_as_expected() == evidence.controls_hold());
    evidence.expected = verdict == Verdict::supported ? Verdict::refuted : Verdict::supported;
    CHECK_FALSE(evidence.is_as_expected());
    return evidence.controls_hold();
  };
  CHECK(hold(Verdict::supported, {fails, undecided}, {}));
  CHECK(hold(Verdict::supported, {fails}, {passes}));
  CHECK_FALSE(hold(Verdict::supported, {}, {passes}));
  CHECK_FALSE(hold(Verdict::supported, {fails, passes}, {}));
  CHECK(hold(Verdict::refuted, {}, {passes}));
  CHECK_FALSE(hold(Verdict::refuted, {fails}, {}));
  CHECK_FALSE(hold(Verdict::refuted, {fails}, {passes, undecided}));
  CHECK_FALSE(hold(Verdict::refuted, {fails}, {fails}));
  CHECK(hold(Verdict::inconclusive, {}, {}));
  CHECK_FALSE(hold(Verdict::inconclusive, {passes}, {}));
  CHECK_FALSE(hold(Verdict::inconclusive, {}, {undecided}));
}
