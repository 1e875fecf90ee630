#include "analysis/law_fit_settled.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/analysis/synthetic_curves.h"
#include "tests/close.h"

using namespace lemmata::analysis;

TEST_CASE("law fit: 200 clean curves that end in one exponential: at least 90 % right, none wrong, intervals cover" *
          doctest::test_suite("hundreds of draws")) {
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
      MESSAGE("curve ", index, " (", curve.kind, ", ", curve.decades, " decades, ", curve.parameter,
              "): ", law_name(fit.law), " ", fit.rate, " [", fit.interval.lower, ", ", fit.interval.upper, "] ",
              fit.reason);
  }
  MESSAGE("wrong ", wrong, "; right ", right, " of 200; intervals cover ", covered);
  CHECK(wrong == 0);
  CHECK(right >= 180);
  CHECK(10 * covered >= 9 * right);
}

TEST_CASE("law fit: 200 clean curves that are nearly exponential are not called a law" *
          doctest::test_suite("hundreds of draws")) {
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

TEST_CASE("law fit: three nearly equal slowest rates, 0.0277236 (1, 1 + 2e-4, 1 + 1e-3), are an exponential") {
  std::vector<double> time{0}, value;
  for (int k = 0; k <= 160; ++k)
    if (const double step = std::round(std::pow(10, k / 50.0)); step > time.back() && step <= 1212)
      time.push_back(step);
  for (double t : time) {
    double sum = -1e-18;  // an L* too high by 1.4e-4 of the last value, 7e-15
    for (double share : {0.0, 2e-4, 1e-3}) sum += std::exp(-0.0277236 * (1 + share) * t);
    for (int k = 2; k < 14; ++k) sum += 0.3 * std::exp(-0.0277236 * (1 + k * k / 2.0) * t);
    value.push_back(sum);
  }
  const LawFit fit = fit_law(time, value);
  CHECK(fit.law == Law::exponential);
  CHECK(fit.interval.lower <= 0.0277236);
  CHECK(fit.interval.upper >= 0.0277236);
  CHECK(close(fit.rate, 0.0277236, 0, 0.001));  // the spread of the three
}

TEST_CASE("settled rate: exp(-t/50) over 1000 steps settles at 0.02 within the last half, 4.3 decades, others do not") {
  const auto end_of = [](auto log_curve) {
    std::vector<double> time, value;
    for (int t = 0; t <= 1000; ++t) {
      time.push_back(t);
      value.push_back(std::exp(log_curve(static_cast<double>(t))));
    }
    return settled_rate(prepare_curve(time, value));
  };
  const SettledEnd settled = end_of([](double t) { return -t / 50; });
  CHECK(settled.found);
  CHECK(close(settled.slope, 0.02, 0, 1e-12));  // rounding of log y, 2e-15, over 10
  CHECK(settled.first_time <= 500);
  CHECK(settled.first_time >= 500 - 125);  // at most one chord further
  CHECK(close(settled.decades, (1000 - settled.first_time) / 50 / std::log(10.0), 0, 1e-12));
  CHECK(end_of([](double t) { return -20 * std::pow(t / 1000, 0.99); }).found);   // range 0.6 %
  CHECK(!end_of([](double t) { return -20 * std::pow(t / 1000, 0.97); }).found);  // range 1.8 %
  CHECK(!end_of([](double t) { return -20 * std::pow(t / 1000, 1.03); }).found);
  CHECK(end_of([](double t) { return -8 * t / 1000; }).found);                      // 3.5 decades in all, 3 settled
  CHECK(!end_of([](double t) { return -6 * t / 1000; }).found);                     // 2.6 decades in all
  CHECK(!end_of([](double t) { return -t / 50 + 0.02 * std::sin(t / 3); }).found);  // ripples of 2 %
  CHECK(!end_of([](double t) { return -std::floor(t / 50); }).found);               // a staircase
  CHECK(!end_of([](double t) { return -300 * std::log1p(t); }).found);              // a steep power
}

TEST_CASE("law fit: t^-p exp(-r t) with p = 0.158 r t at the end, whose rate still falls by 12 %, is inconclusive") {
  for (double scale = 1e-4; scale < 1.1e-2;
       scale *= 1.25) {  // three exponentials meet it to 0.005, with a floor to 2e-5
    const double rate = 9.95 / (1 + 0.158 * std::log1p(1 / scale));
    std::vector<double> time, value;
    for (int i = 0; i < 400; ++i) {
      time.push_back(i / 399.0);
      value.push_back(std::exp(-rate * (0.158 * std::log1p(time.back() / scale) + time.back())));
    }
    CHECK(fit_law(time, value).law == Law::inconclusive);
  }
}

TEST_CASE(
    "settled exponent: 3 before t = 100, then 1: window from 100 on, 3 decades at t = 1e5, exponent of the last "
    "decade") {
  const auto end_of = [](auto log_curve, double last) {
    std::vector<double> time, value;
    for (double t = 1; t < last * 1.001; t *= std::pow(10, 1.0 / 40)) {
      time.push_back(t);
      value.push_back(std::exp(log_curve(std::log(t))));
    }
    return settled_exponent(prepare_curve(time, value), last * 1.01);
  };
  const double bend = std::log(100.0);
  const auto bent = [&](double x) { return x < bend ? -3 * (x - bend) : -(x - bend); };
  const SettledEnd settled = end_of(bent, 1e5);
  CHECK(settled.found);
  CHECK(close(settled.slope, 1, 0, 1e-12));  // rounding of log y over a decade
  CHECK(settled.first_time >= 99);
  CHECK(settled.first_time <= 100 * std::pow(10, 0.25));  // at most two chords later
  CHECK(settled.decades <= 3.01);
  CHECK(settled.decades >= 2.75);
  CHECK(settled.misfit < 1e-12);
  CHECK(end_of(bent, 100 * std::pow(10, 1.2)).found);
  CHECK(!end_of(bent, 100 * std::pow(10, 0.8)).found);  // less than a decade after the bend

  // Local exponent 1 + 0.02 x, x = log10 t: over 1..1e4 it goes from 1 to 1.08, over the last decade from 1.06 to 1.08.
  const SettledEnd drifting = end_of([](double x) { return -x - 0.01 / std::log(10.0) * x * x; }, 1e4);
  CHECK(drifting.found);
  CHECK(drifting.first_time <= 2);  // all of it
  CHECK(drifting.decades > 4);
  CHECK(drifting.lowest > 1.055);
  CHECK(drifting.highest < 1.0801);
  // Twice the drift: 1 to 1.16 is too much for one window, 1.12 to 1.16 is not.
  const SettledEnd faster = end_of([](double x) { return -x - 0.02 / std::log(10.0) * x * x; }, 1e4);
  CHECK(faster.found);
  CHECK(faster.first_time > 10);
  CHECK(faster.lowest > 1.115);
}
