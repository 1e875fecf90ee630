#include "scenarios/report/law_curve.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "scenarios/report/packed.h"

namespace lemmata::scenarios {
namespace {

constexpr int points = 200;  // of a drawn law

/// y over x with the band between the laws of either end of the interval.
/// @param law  y at (x, rate or exponent)
Json banded(const char* name, const std::vector<double>& x, double own, const analysis::Interval& interval,
            const std::function<double(double, double)>& law) {
  std::vector<double> values, lower, upper;
  for (const double at : x) {
    const double value = law(at, own), one = law(at, interval.lower), other = law(at, interval.upper);
    values.push_back(value);
    lower.push_back(std::min({value, one, other}));
    upper.push_back(std::max({value, one, other}));
  }
  return {{name, packed(x)}, {"value", packed(values)}, {"lower", packed(lower)}, {"upper", packed(upper)}};
}

std::vector<double> evenly(double first, double last) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) values.push_back(first + (last - first) * i / (points - 1));
  return values;
}

}  // namespace

Json law_curve(const analysis::LawFit& fit, double origin) {
  const bool power = fit.law == analysis::Law::power;
  if ((!power && fit.law != analysis::Law::exponential) || !(fit.scale > 0)) return nullptr;
  // y = floor + scale exp(-s u), with s the rate and u = t, or s the exponent and u = log(t + t0)
  const double own = power ? fit.exponent : fit.rate, offset = power ? fit.offset : 0;
  const auto u = [&](double t) { return power ? std::log(t + offset) : t; };
  const double middle = (u(fit.window_first) + u(fit.window_last)) / 2;
  std::vector<double> steps;
  const double first = std::max(fit.window_first, 1.0);
  if (fit.window_last / first > 10) {
    for (const double log_time : evenly(std::log(first), std::log(fit.window_last)))
      steps.push_back(origin + std::exp(log_time));
  } else {
    for (const double time : evenly(fit.window_first, fit.window_last)) steps.push_back(origin + time);
  }
  return banded("step", steps, own, fit.interval, [&](double step, double s) {
    return fit.floor + fit.scale * std::exp(-own * middle - s * (u(step - origin) - middle));
  });
}

Json steps_law_curve(const analysis::StepsLaw& law) {
  using Kind = analysis::StepsLaw::Kind;
  if (law.kind == Kind::inconclusive) return nullptr;
  // With u = ln(1/(eps - floor)): T = a + b u, or T + t0 = a exp(p u).
  const bool power = law.kind == Kind::power;
  const double own = power ? law.exponent : law.slope;
  const auto u_at = [&](double steps) {
    return power ? std::log((steps + law.offset) / law.intercept) / own : (steps - law.intercept) / own;
  };
  const double first = u_at(law.window.lower), last = u_at(law.window.upper), middle = (first + last) / 2;
  std::vector<double> eps;
  for (const double u : evenly(first, last)) eps.push_back(law.floor + std::exp(-u));
  return banded("eps", eps, own, law.interval, [&](double at, double s) {
    const double u = -std::log(at - law.floor), turn = s * (u - middle);
    return power ? law.intercept * std::exp(own * middle + turn) - law.offset : law.intercept + own * middle + turn;
  });
}

}  // namespace lemmata::scenarios
