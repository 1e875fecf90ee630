#include "analysis/steps_to_eps.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

template <class Curve>
StepsToEps tracked(long steps, double smallest, Curve curve) {
  StepsToEps tracker(10, smallest);
  for (long step = 0; step <= steps; ++step) tracker.observe(step, curve(static_cast<double>(step)));
  return tracker;
}

}  // namespace

TEST_CASE("steps to eps: 2^-t reaches 1 at step 0, 1e-1 at step 4 and 1e-3 at step 10") {
  const StepsToEps tracker = tracked(12, 1e-30, [](double t) { return std::pow(2, -t); });
  CHECK(tracker.levels().size() == 301);
  CHECK(tracker.first_step(1) == 0);
  CHECK(tracker.first_step(0.1) == 4);
  CHECK(tracker.first_step(1e-3) == 10);
  CHECK(tracker.first_step(1e-4) == -1);
  CHECK(tracker.first_step(1e-40) == -1);
  CHECK(tracker.censored() == 301 - 37);  // 2^-12 = 10^-3.612 reaches levels 0 to 36
}

TEST_CASE("steps to eps: the first passage counts, NaN reaches nothing, steps must not go back") {
  StepsToEps tracker(1, 1e-3);
  CHECK(tracker.levels().size() == 4);
  CHECK(tracker.levels()[3] == 1e-3);
  tracker.observe(0, std::nan(""));
  CHECK(tracker.censored() == 4);
  tracker.observe(5, 0.01);  // exactly a level
  tracker.observe(6, 10);    // rises again: does not undo
  tracker.observe(7, 0.005);
  CHECK(tracker.steps() == std::vector<long>{5, 5, 5, -1});
  CHECK(std::vector<double>(tracker.values().begin(), tracker.values().begin() + 3) ==
        std::vector<double>{0.01, 0.01, 0.01});
  CHECK(std::isnan(tracker.values()[3]));
  CHECK_THROWS_AS(tracker.observe(6, 1), std::invalid_argument);
  CHECK_THROWS_AS(StepsToEps(0, 1e-3), std::invalid_argument);
  CHECK_THROWS_AS(StepsToEps(1, std::nan("")), std::invalid_argument);
}

TEST_CASE("law of T(eps): exp(-0.01 t) is log with slope 100, 20/(t+20) is power with exponent 1") {
  const StepsToEps geometric = tracked(2000, 1e-30, [](double t) { return std::exp(-0.01 * t); });
  const StepsLaw log_law = fit_steps_law(geometric.levels(), geometric.steps());
  CHECK(log_law.kind == StepsLaw::Kind::log);
  CHECK(log_law.interval.lower <= 100);
  CHECK(log_law.interval.upper >= 100);
  CHECK(close(log_law.slope, 100, 0, 0.01));     // whole steps: half a step in 2000, and then some
  CHECK(close(log_law.intercept, 0.5, 0.7, 0));  // value 1 at t = 0; whole steps are half a step late in the mean
  CHECK(close(log_law.decades, 8.5, 1e-9, 0));   // levels 10^-0.1 to 10^-8.6
  CHECK(log_law.censored == 301 - 87);           // e^-20 = 10^-8.686
  const StepsToEps slow = tracked(200000, 1e-30, [](double t) { return 20 / (t + 20); });
  const StepsLaw power_law = fit_steps_law(slow.levels(), slow.steps());
  CHECK(power_law.kind == StepsLaw::Kind::power);
  CHECK(power_law.interval.lower <= 1);
  CHECK(power_law.interval.upper >= 1);
  CHECK(close(power_law.exponent, 1, 0, 0.02));  // whole steps near T = 5 are coarse
  // T + 20 = 20 / eps: at every level the fitted law is within 5 %, a hundredth of p over four decades.
  for (const double eps : {1e-1, 1e-2, 1e-3, 1e-4}) {
    CHECK(close(power_law.intercept * std::pow(eps, -power_law.exponent) - power_law.offset, 20 / eps - 20, 1, 0.05));
  }
  CHECK(power_law.decades >= 3);
}

TEST_CASE("law of T(eps): exp(-0.07 t) falls too far in a step for levels, the values there are on the curve itself") {
  const StepsToEps fast = tracked(500, 1e-30, [](double t) { return std::exp(-0.07 * t); });
  CHECK(fit_steps_law(fast.levels(), fast.steps()).kind != StepsLaw::Kind::power);
  const StepsLaw law = fit_steps_law(fast.values(), fast.steps());
  REQUIRE(law.kind == StepsLaw::Kind::log);
  CHECK(close(law.slope, 1 / 0.07, 0, 1e-6));  // a fit of an exact curve
  CHECK(close(law.intercept, 0, 1e-4, 0));
}

TEST_CASE("law of T(eps) above a floor: 3e-6 + exp(-0.001 t) is log in eps - floor, with slope 1000 and a = 0") {
  const StepsToEps levelling = tracked(20000, 1e-30, [](double t) { return 3e-6 + std::exp(-0.001 * t); });
  const StepsLaw law = fit_steps_law(levelling.values(), levelling.steps());
  REQUIRE(law.kind == StepsLaw::Kind::log);
  CHECK(close(law.floor, 3e-6, 0, 1e-3));
  CHECK(close(law.slope, 1000, 0, 1e-3));
  CHECK(close(law.intercept, 0, 2, 0));  // a thousandth of b ln(1/eps)
}

TEST_CASE("law of T(eps): neither law, and too few levels, are inconclusive") {
  const StepsToEps stretched = tracked(20000, 1e-30, [](double t) { return std::exp(-std::pow(t / 20, 0.5)); });
  CHECK(fit_steps_law(stretched.levels(), stretched.steps()).kind == StepsLaw::Kind::inconclusive);
  const StepsToEps stalled = tracked(2000, 1e-30, [](double t) { return 0.1 + std::exp(-0.01 * t); });
  const StepsLaw few = fit_steps_law(stalled.levels(), stalled.steps());
  CHECK(few.kind == StepsLaw::Kind::inconclusive);
  CHECK(few.censored >= 290);
  CHECK(steps_law_name(few.kind) == "inconclusive");
  CHECK_THROWS_AS(fit_steps_law({1, 0.1}, {1}), std::invalid_argument);
}
