#include "analysis/law_fit.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

template <class Curve>
LawFit fit_of(long steps, Curve curve, double step = 1) {
  std::vector<double> time, value;
  for (long k = 0; k <= steps; ++k) {
    time.push_back(static_cast<double>(k) * step);
    value.push_back(curve(static_cast<double>(k)));
  }
  return fit_law(time, value);
}

}  // namespace

TEST_CASE("law fit: exp(-0.05 t) underflows to 0 after 14,000 steps, the zeros are counted, the rate is 0.05") {
  const LawFit fit = fit_of(20000, [](double t) { return std::exp(-0.05 * t); });
  CHECK(fit.law == Law::exponential);
  CHECK(fit.terms == 1);
  CHECK(close(fit.rate, 0.05, 0, 1e-10));  // exact data but for rounding
  CHECK(fit.interval.lower <= 0.05);
  CHECK(fit.interval.upper >= 0.05);
  CHECK(fit.dropped_zero == 20000 - 14167);  // e^-708.35 is normal, e^-708.40 is subnormal
  CHECK(fit.floor == 0);
}

TEST_CASE("law fit: 2 + 3 (t + 20)^-1.5 has floor 2, exponent 1.5, offset 20") {
  const LawFit fit = fit_of(20000, [](double t) { return 2 + 3 * std::pow(t + 20, -1.5); });
  CHECK(fit.law == Law::power);
  CHECK(close(fit.exponent, 1.5, 0, 1e-6));  // y carries 16 digits, its excess at the end (1e-6) still 10
  CHECK(close(fit.offset, 20, 1e-3, 0));
  CHECK(close(fit.floor, 2, 0, 1e-9));
  CHECK(close(fit.scale, 3, 0, 1e-4));  // an exponent off by 1e-6 changes (t + 20)^p by 1e-5
  CHECK(law_name(fit.law) == "power");
}

TEST_CASE("law fit: 2 + 3 exp(-0.003 t) has floor 2 and rate 0.003, and points below the floor's error are counted") {
  const LawFit fit = fit_of(20000, [](double t) { return 2 + 3 * std::exp(-0.003 * t); });
  CHECK(fit.law == Law::exponential);
  CHECK(close(fit.rate, 0.003, 0, 1e-9));
  CHECK(close(fit.floor, 2, 0, 1e-12));
  CHECK(close(fit.scale, 3, 0, 1e-6));
  CHECK(fit.dropped_below_floor > 0);
  CHECK(fit.window_last < 20000);
}

TEST_CASE("law fit: exp(-0.1 t) + 1e-3 exp(-0.01 t) has the scale of its slower term, 1e-3") {
  const LawFit fit = fit_of(2000, [](double t) { return std::exp(-0.1 * t) + 1e-3 * std::exp(-0.01 * t); });
  CHECK(fit.terms == 2);
  CHECK(close(fit.scale, 1e-3, 0, 1e-6));
}

TEST_CASE("law fit: five exponentials over two decades of rates are exponential with the slowest rate, 0.0009") {
  const LawFit fit = fit_of(16000, [](double t) {
    double sum = 0;
    for (int k = 0; k < 5; ++k) sum += std::exp(-0.0009 * std::pow(10, 0.5 * k) * t);
    return sum;
  });
  CHECK(fit.law == Law::exponential);
  CHECK(fit.interval.lower <= 0.0009);
  CHECK(fit.interval.upper >= 0.0009);
  CHECK(close(fit.rate, 0.0009, 0, 0.01));
}

TEST_CASE(
    "law fit: logistic gradient descent, 1/(t + c log t) over 40,000 steps, is a power with exponent within [0.9, "
    "1.1]") {
  double weight = 0.01;
  const LawFit fit = fit_of(40000, [&weight](double) {
    const double loss = std::log1p(std::exp(-weight));
    weight += 0.5 / (1 + std::exp(weight));
    return loss;
  });
  CHECK(fit.law == Law::power);
  CHECK(fit.interval.lower >= 0.9);
  CHECK(fit.interval.upper <= 1.1);
  CHECK(fit.interval.lower <= 1);
  CHECK(fit.interval.upper >= 1);
}

TEST_CASE("law fit: a decay into rounding noise keeps its rate, and the noise is dropped as a floor") {
  std::mt19937_64 generator(3);
  const LawFit fit = fit_of(3000, [&generator](double t) {
    const double residual =
        1e-3 * std::exp(-0.02 * t) + 1e-16 * (static_cast<double>(generator() >> 11) * 0x1p-53 - 0.5);
    return residual * residual / 2;
  });
  CHECK(fit.law == Law::exponential);
  CHECK(close(fit.rate, 0.04, 0, 1e-3));
  CHECK(fit.dropped_below_floor > 1000);
}

TEST_CASE("law fit: time and value scales do not matter, from 1e300 down to 1e-300") {
  const LawFit wide = fit_of(5000, [](double t) { return std::exp(690 - 0.27 * t); });
  CHECK(wide.law == Law::exponential);
  CHECK(close(wide.rate, 0.27, 0, 1e-9));
  CHECK(close(fit_of(
                  100, [](double t) { return 1e-250 * std::exp(-0.1 * t); }, 1e-300)
                  .rate,
              1e299, 0, 1e-9));
  CHECK(close(fit_of(
                  100, [](double t) { return 1e250 * std::exp(-0.1 * t); }, 1e300)
                  .rate,
              1e-301, 0, 1e-9));
  const LawFit small = fit_of(3000, [](double t) { return 1e-290 * std::pow(t + 1, -2.0); });
  CHECK(small.law == Law::power);
  CHECK(close(small.exponent, 2, 0, 1e-6));
}

TEST_CASE("law fit: neither law is inconclusive: stretched exponentials, 1/log t, Gaussian decay") {
  for (double shape : {0.3, 0.5, 0.7})
    CHECK(fit_of(5000, [shape](double t) { return std::exp(-20 * std::pow(t / 5000, shape)); }).law ==
          Law::inconclusive);
  const LawFit slow = fit_of(20000, [](double t) { return 1 / std::log(t + 2); });
  CHECK(slow.law == Law::inconclusive);
  CHECK(slow.reason.size() > 20);
  CHECK(slow.alternatives.size() >= 3);
  CHECK(fit_of(5000, [](double t) { return std::exp(-20 * t * t / 25e6); }).law == Law::inconclusive);
}

TEST_CASE("law fit: an unfinished spectrum of exponentials, y down by less than 3 decades, is not called a power") {
  const LawFit fit = fit_of(20000, [](double t) {  // 9 rates over 4 decades, the slowest barely visible at the end
    double sum = 0;
    for (int k = 0; k <= 8; ++k) sum += std::pow(10, 0.25 * k) * std::exp(-2e-5 * std::pow(10, 0.5 * k) * t);
    return sum;
  });
  CHECK(fit.law == Law::inconclusive);
}

TEST_CASE("law fit: edge cases give a verdict with a reason, and never throw") {
  CHECK(fit_of(100, [](double) { return 3.0; }).law == Law::constant);
  const LawFit zero = fit_of(100, [](double) { return 0.0; });
  CHECK(zero.law == Law::inconclusive);
  CHECK(zero.dropped_zero == 101);
  const LawFit invalid =
      fit_of(100, [](double t) { return t > 50 ? std::nan("") : std::numeric_limits<double>::infinity(); });
  CHECK(invalid.law == Law::inconclusive);
  CHECK(invalid.dropped_invalid == 101);
  CHECK(fit_of(100, [](double t) { return 1 + t; }).reason == "the curve rises");
  CHECK(fit_of(1, [](double t) { return 1 / (t + 1); }).law == Law::inconclusive);
  CHECK(fit_law({}, {}).law == Law::inconclusive);
  CHECK(fit_of(100, [](double t) { return t < 5 ? 1 : 1e-300; }).law == Law::inconclusive);
  CHECK(fit_law(std::vector<double>(50, 1), std::vector<double>(50, 1)).law == Law::inconclusive);
  std::mt19937_64 generator(3);
  CHECK(fit_of(300, [&generator](double) { return static_cast<double>(generator() >> 11) * 0x1p-53; }).law ==
        Law::inconclusive);
  CHECK_THROWS_AS(fit_law(std::vector<double>{1}, std::vector<double>{}), std::invalid_argument);
  CHECK_THROWS_AS(fit_law({}, {}, {.confidence = 1}), std::invalid_argument);
}
