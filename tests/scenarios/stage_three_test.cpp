#include "scenarios/measure/stage_three.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "scenarios/measure/frozen_power.h"
#include "scenarios/measure/quantities.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

// mot/three_stage with attention never trained, so that it is uniform.
Scenario uniform_attention() {
  return load_scenario("mot/three_stage",
                       {{"stages.1.train", R"({"gate": {"optimizer": "gd", "learning_rate": 1.0}})"}});
}

// One mode, lambda = 1/2, eta = 1: excess c^2/4 (1 - 1/2)^2t = c^2/4 4^-t, measured as predicted.
StageThree one_mode(double c) {
  StageThree run;
  run.learning_rate = 1;
  run.modes = {Vector::Constant(1, 0.5), Vector::Constant(1, c), 0};
  run.predicted_rate = theory::slowest_rate(run.modes, 1);
  for (long t = 0; t <= 20; ++t) {
    run.time.push_back(static_cast<double>(t));
    run.predicted.push_back(c * c / 4 * std::pow(4.0, -static_cast<double>(t)));
    run.steps_to_eps.observe(t, run.predicted.back());
  }
  run.measured = run.predicted;
  return run;
}

void check_consistent(Verdict verdict, const std::vector<Quantity>& quantities) {
  CHECK((verdict == Verdict::supported) == (verdict_within(quantities) == Verdict::supported));
}

}  // namespace

TEST_CASE(
    "uniform attention: lambda = min(1, 9, .25/2)/3 = 1/24 and 9/3 = 3, so the rate is -2 ln(1 - 1/72) and T(eps) 35.7 "
    "steps a factor e") {
  const StageThree run = stage_three(uniform_attention(), 0, 1500);
  REQUIRE(run.exactly_pure);
  CHECK(close(run.curvature_min, 1.0 / 24, 0, 1e-12));   // singular values of a 10 x 8 matrix
  CHECK(close(run.curvature_max, 3, 0, 1e-12));
  CHECK(close(run.learning_rate, 1.0 / 3, 0, 1e-12));
  const double rate = -2 * std::log1p(-1.0 / 72);
  CHECK(close(run.predicted_rate, rate, 0, 1e-11));
  CHECK(run.largest_difference < 1e-6);
  CHECK(run.largest_difference > 0);
  REQUIRE(run.law.law == analysis::Law::exponential);
  CHECK(close(run.law.rate, rate, 0, 1e-3));
  INFO(run.steps_law.reason << " over " << run.steps_law.levels << " levels from " << run.steps_law.smallest << " in "
                            << run.steps_law.window_decades);
  REQUIRE(run.steps_law.kind == analysis::StepsLaw::Kind::log);
  CHECK(close(run.steps_law.slope, 1 / rate, 0, 0.01));   // whole steps
  CHECK(run.passes_per_step == 1);
  CHECK(run.time.front() == 0);
  CHECK(run.time.back() == 1500);
  CHECK(stage_three(uniform_attention(), 0, 10, 0.05).learning_rate == 0.05);
}

TEST_CASE("T(eps) of stage III is followed at every step: the first at which the excess is at most eps") {
  const StageThree run = stage_three(uniform_attention(), 0, 600);
  const std::vector<long> every = [] {
    std::vector<long> steps(601);
    std::iota(steps.begin(), steps.end(), 0);
    return steps;
  }();
  const Vector excess = theory::gradient_descent_excess(run.modes, run.learning_rate, every);
  std::size_t reached = 0;
  for (std::size_t k = 0; k < run.steps_to_eps.levels().size(); ++k) {
    const long step = run.steps_to_eps.steps()[k];
    if (step <= 0) continue;
    ++reached;
    CHECK(excess(step) <= run.steps_to_eps.levels()[k]);
    CHECK(excess(step - 1) > run.steps_to_eps.levels()[k]);
  }
  CHECK(reached > 50);
}

TEST_CASE("the largest relative difference of the whole curve, points below what can be measured left out, NaN stays") {
  StageThree run = one_mode(1);
  judge_curve(run);
  CHECK(run.largest_difference == 0);
  run.measured[3] *= 1 - 1e-3;
  run.measured[7] *= 1 + 1e-4;
  judge_curve(run);
  CHECK(close(run.largest_difference, 1e-3, 0, 1e-9));
  run.least_measurable = run.predicted[3];   // drops point 3 and what lies below
  judge_curve(run);
  CHECK(run.largest_difference == 0);
  run.least_measurable = 0;
  run.measured[5] = std::nan("");
  judge_curve(run);
  CHECK(std::isnan(run.largest_difference));
}

TEST_CASE("two heads cost two forward passes a step, their joint spectrum describes the curve") {
  const StageThree run = stage_three(three_stage_of("single", 2), 0, 300);
  CHECK(run.passes_per_step == 2);
  CHECK(run.largest_difference < 1e-6);
}

TEST_CASE(
    "p of T(eps) by a spectrum: one mode, 4^-t, reaches 1e-3 at t = 5 and 1e-6 at t = 10, so log10(2)/3, a slow mode "
    "of share 1e-4 makes it more than 2") {
  CHECK(close(exact_exponent(one_mode(1).modes, 1), std::log10(2) / 3, 0, 1e-14));
  theory::FrozenQuadratic two{Vector(2), Vector(2), 0};
  two.curvature << 0.5, 1e-9;
  two.coordinate << 1, std::sqrt(2 * 0.25e-4 / 1e-9);   // excess .25 and .25e-4
  CHECK(exact_exponent(two, 1) > 2);                      // T(1e-3) = 6, T(1e-6) = ln(100)/2e-9
  CHECK(std::isnan(exact_exponent({Vector::Zero(1), Vector::Zero(1), 0}, 1)));
}

TEST_CASE("the planted spectrum sums up to 1/(t + 5) and is judged a power, each way to differ takes that away") {
  const StageThree planted = planted_power(20000);
  for (std::size_t i = 0; i < planted.time.size(); ++i)
    CHECK(close(planted.measured[i], 1 / (planted.time[i] + 5), 0, 1e-4));
  CHECK(close(exact_exponent(planted.modes, 1), std::log10((5e6 - 5) / (5e3 - 5)) / 3, 0, 1e-3));
  CHECK(power_verdict(planted) == Verdict::supported);
  check_consistent(Verdict::supported, power_quantities("", {planted}));
  StageThree other = planted;
  other.measured[100] *= 1 + 1e-5;   // the spectrum does not describe it
  judge_curve(other);
  CHECK(power_verdict(other) == Verdict::inconclusive);
  check_consistent(Verdict::inconclusive, power_quantities("", {planted, other}));
  other = planted;
  other.steps_law.decades = 2.9;
  CHECK(power_verdict(other) == Verdict::inconclusive);
  check_consistent(Verdict::inconclusive, power_quantities("", {planted, other}));
  other = planted;
  other.law.interval.upper = 1.2;
  CHECK(power_verdict(other) == Verdict::inconclusive);
  other = planted;
  other.modes = one_mode(1).modes;   // spectrum and fits disagree
  CHECK(power_verdict(other) == Verdict::inconclusive);
  StageThree exponential = one_mode(1);
  judge_curve(exponential);
  CHECK(power_verdict(exponential) == Verdict::refuted);
  CHECK(power_verdict(std::vector<StageThree>{planted, exponential}) == Verdict::refuted);
  check_consistent(Verdict::refuted, power_quantities("", {planted, exponential}));
  CHECK(power_verdict(std::vector<StageThree>{}) == Verdict::inconclusive);
}
