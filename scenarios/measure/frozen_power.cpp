#include "scenarios/measure/frozen_power.h"

#include <cmath>
#include <limits>

#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool within(double exponent) { return std::abs(exponent - power_exponent) <= exponent_tolerance; }

// The end of an interval that lies farther from 1.
double farther_end(const analysis::Interval& interval) {
  return std::abs(interval.lower - power_exponent) > std::abs(interval.upper - power_exponent) ? interval.lower
                                                                                               : interval.upper;
}

// NaN where another law, or none, was found.
double curve_exponent(const StageThree& run) {
  return run.law.law == analysis::Law::power && run.law.floor == 0 ? farther_end(run.law.interval) : not_a_number;
}
double steps_exponent(const StageThree& run) {
  const bool found = run.steps_law.kind == analysis::StepsLaw::Kind::power && run.steps_law.decades >= least_decades &&
                     run.steps_law.floor == 0;
  return found ? farther_end(run.steps_law.interval) : not_a_number;
}
double spectrum_exponent(const StageThree& run) { return exact_exponent(run.modes, run.learning_rate); }

// First step, by the spectrum, at which the excess is at most eps.
double first_step(const theory::FrozenQuadratic& modes, double learning_rate, double eps) {
  const auto reached = [&](long step) {
    return theory::gradient_descent_excess(modes, learning_rate, std::vector<long>{step})(0) <= eps;
  };
  long below = 0, above = 1;
  for (; !reached(above); above *= 2) {
    below = above;
    if (above > 1'000'000'000'000'000) return std::numeric_limits<double>::infinity();
  }
  while (above - below > 1) {
    const long middle = below + (above - below) / 2;
    (reached(middle) ? above : below) = middle;
  }
  return static_cast<double>(above);
}

// The value farthest from 1; NaN is farther than all.
double farthest(const std::vector<StageThree>& runs, double (*value)(const StageThree&), double from) {
  double found = from;
  for (const StageThree& run : runs) {
    const double one = value(run);
    if (std::isnan(one)) return one;
    if (std::abs(one - from) >= std::abs(found - from)) found = one;
  }
  return runs.empty() ? not_a_number : found;
}

}  // namespace

double exact_exponent(const theory::FrozenQuadratic& modes, double learning_rate) {
  const double start = theory::gradient_descent_excess(modes, learning_rate, std::vector<long>{0})(0);
  if (!(start > 0)) return not_a_number;
  return std::log10(first_step(modes, learning_rate, 1e-6 * start) / first_step(modes, learning_rate, 1e-3 * start)) /
         3;
}

Verdict power_verdict(const StageThree& run) {
  const double exact = spectrum_exponent(run);
  if (!(run.largest_difference < spectral_tolerance) || std::isnan(exact)) return Verdict::inconclusive;
  const bool curve = within(curve_exponent(run)), steps = within(steps_exponent(run));
  if (within(exact)) return curve && steps ? Verdict::supported : Verdict::inconclusive;
  return curve || steps ? Verdict::inconclusive : Verdict::refuted;
}

Verdict power_verdict(const std::vector<StageThree>& runs) {
  bool all = !runs.empty();
  for (const StageThree& run : runs) {
    if (power_verdict(run) == Verdict::refuted) return Verdict::refuted;
    all = all && power_verdict(run) == Verdict::supported;
  }
  return all ? Verdict::supported : Verdict::inconclusive;
}

std::vector<Quantity> power_quantities(const std::string& who, const std::vector<StageThree>& runs) {
  const std::string bar = "the bar, 0.9 to 1.1; the seed farthest from 1",
                    other = "; NaN: another law, or none, in some seed";
  return {{who + ": p of T(eps) ~ eps^-p from three to six decades below the start, exactly by the spectrum",
           power_exponent, farthest(runs, spectrum_exponent, power_exponent), exponent_tolerance, bar},
          {who + ": exponent of the measured excess, far end of its 95 % interval", power_exponent,
           farthest(runs, curve_exponent, power_exponent), exponent_tolerance, bar + other},
          {who + ": p of its measured T(eps), far end of its 95 % interval", power_exponent,
           farthest(runs, steps_exponent, power_exponent), exponent_tolerance, bar + other + " over 3 decades"},
          {who + ": largest |measured / predicted - 1| of the excess over all seeds", 0,
           farthest(
               runs, [](const StageThree& run) { return run.largest_difference; }, 0),
           spectral_tolerance, "rounding: the spectral prediction is exact"}};
}

// 1/(t + t0) = int_0^inf exp(-s (t + t0)) ds, by the trapezoidal rule in ln s: one mode of rate s and excess h s exp(-s
// t0) per node.
StageThree planted_power(long steps) {
  constexpr double spacing = 0.2, slowest = 1e-13, offset = 5;
  constexpr Index count = 160;
  StageThree run;
  run.exactly_pure = true;
  run.learning_rate = 1;
  run.modes.curvature.resize(count);
  run.modes.coordinate.resize(count);
  for (Index i = 0; i < count; ++i) {
    const double rate = slowest * std::exp(spacing * static_cast<double>(i)),
                 curvature = -std::expm1(-rate / 2);  // (1 - lambda)^2 = exp(-s)
    run.modes.curvature(i) = curvature;
    run.modes.coordinate(i) = std::sqrt(2 * spacing * rate * std::exp(-rate * offset) / curvature);
  }
  run.curvature_max = run.modes.curvature.maxCoeff();
  Vector w = run.modes.coordinate;  // w* = 0
  for (long step = 0; step <= steps; ++step) {
    const double excess = (run.modes.curvature.array() * w.array().square()).sum() / 2;
    run.steps_to_eps.observe(step, excess);
    if (step == steps || is_recorded(step, step, 0, 60)) {
      run.time.push_back(static_cast<double>(step));
      run.measured.push_back(excess);
    }
    w.array() -= run.learning_rate * run.modes.curvature.array() * w.array();
  }
  judge_curve(run);
  return run;
}

}  // namespace lemmata::scenarios
