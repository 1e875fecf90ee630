#include "tests/analysis/synthetic_curves.h"

#include <algorithm>
#include <cmath>

#include "tests/analysis/synthetic_draw.h"

using lemmata::analysis::Law;

namespace {

LogCurve exponentials(Draw& draw, double slowest, int terms) {
  std::vector<double> amplitude{1}, rate{slowest};
  for (int k = 1; k < terms; ++k) {
    amplitude.push_back(draw.log_uniform(0.1, 10));
    rate.push_back(slowest * draw.log_uniform(1.3, 100));
  }
  return [=](double t) {
    double sum = 0;  // relative to the slowest term
    for (std::size_t k = 0; k < rate.size(); ++k) sum += amplitude[k] * std::exp(-(rate[k] - slowest) * t);
    return std::log(sum) - slowest * t;
  };
}

// A power whose exponent grows in log t.
LogCurve drifting_power(Draw& draw, double last, std::string& kind) {
  const double scale = last * draw.log_uniform(1e-5, 1e-3), first = draw.uniform(0.5, 1), gain = draw.uniform(1.5, 2.5);
  kind = "exponent drifting by " + std::to_string(gain);
  const double range = std::log1p(last / scale);
  return [=](double t) {
    const double u = std::log1p(t / scale);
    return -first * u * (1 + gain * u / range);
  };
}

LogCurve neither(Draw& draw, double last, std::string& kind) {
  const double fall = draw.uniform(3, 12) * ln_ten;
  switch (draw.below(9)) {
    case 0:
    case 1:
    case 2: {
      const double shape = draw.uniform(0.3, 0.7);
      kind = "stretched " + std::to_string(shape);
      return stretched(fall, last, shape);
    }
    case 3: {
      const double scale = last * draw.log_uniform(1e-5, 1e-2);
      kind = "1/log";
      return [=](double t) { return -std::log(std::log(M_E + t / scale)); };
    }
    case 4: {
      const double scale = last * draw.log_uniform(1e-6, 1e-2), power = draw.uniform(2, 6);
      kind = "log^-" + std::to_string(power);
      return [=](double t) { return -power * std::log(std::log(M_E + t / scale)); };
    }
    case 5: {
      const double scale = last * draw.log_uniform(1e-5, 1e-2);
      kind = "exp(-log^2)";
      return squared_log(fall, last, scale);
    }
    case 6: {
      const double shape = draw.uniform(1.4, 2.5);
      kind = "compressed " + std::to_string(shape);
      return stretched(fall, last, shape);
    }
    case 7: {
      kind = "straight to zero";
      const double power = draw.uniform(0.5, 2);
      return [=](double t) { return power * std::log(1 - 0.9999 * t / last); };
    }
    default:
      return drifting_power(draw, last, kind);
  }
}

// Half the choices are exponential, a third powers, whose last time moves so that they fall by decades; the rest
// neither.
LogCurve drawn_law(Draw& draw, int choice, double fall, double& last, SyntheticCurve& curve) {
  if (choice < 3) {
    const int terms = choice == 0 ? 1 : 1 + draw.below(5);
    curve.truth = Law::exponential;
    curve.parameter = fall * ln_ten / last;
    curve.kind = std::to_string(terms) + " exponentials";
    return exponentials(draw, curve.parameter, terms);
  }
  if (choice == 5) return neither(draw, last, curve.kind);
  curve.truth = Law::power;
  const double exponent = draw.uniform(0.5, 2);
  const double span = draw.uniform(3, 5) / exponent;  // decades of t + t0 for 3-5 decades of y
  last = std::max(last, draw.uniform(1, 3) * std::pow(10, span));
  const double offset = last * std::pow(10, -span);
  curve.parameter = exponent;
  curve.kind = "power " + std::to_string(exponent);
  return [=](double t) { return -exponent * std::log1p(t / offset); };
}

}  // namespace

SyntheticCurve synthetic_curve(std::uint64_t family, std::uint64_t index) {
  Draw draw(family, index);
  SyntheticCurve curve;
  const int choice = draw.below(6);
  const bool by_logs = draw.below(2) == 0, with_floor = draw.below(3) == 0, with_transient = draw.below(3) == 0;
  const int noise_kind = draw.below(3);
  const double noise = noise_kind == 0 ? 0 : 0.02, correlation = noise_kind == 2 ? draw.uniform(0.3, 0.9) : 0;
  double last = draw.log_uniform(300, 1e5), fall = draw.uniform(3, noise > 0 || draw.below(3) > 0 ? 9 : 250);
  const LogCurve law = drawn_law(draw, choice, fall, last, curve);
  const double transient = with_transient ? last * draw.log_uniform(1e-4, curve.truth == Law::power ? 1e-3 : 3e-2) : 0;
  const double height = draw.uniform(-0.7, 3), scale = std::pow(10, draw.uniform(-20, 20));
  double floor = with_floor ? std::exp(law(last * draw.uniform(0.4, 0.9))) : 0;
  if (with_floor && floor < 1e-12) floor = 1e-12;
  curve.time = by_logs ? log_spaced(last, 50) : uniform_times(last, 100 + draw.below(1900));
  double highest = -1e300, lowest = 1e300;
  for (double t : curve.time) {
    const double bump = transient > 0 ? 1 + height * std::exp(-t / transient) : 1;
    curve.value.push_back(scale * (std::exp(law(t)) * bump + floor));
    if (t < 5 * transient) continue;
    highest = std::max(highest, law(t));
    if (std::exp(law(t)) > std::max(noise, 1e-6) * floor) lowest = std::min(lowest, law(t));
  }
  curve.decades = (highest - lowest) / ln_ten;
  if (noise > 0) add_noise(draw, curve, noise, correlation);
  curve.kind += (by_logs ? ", log-spaced" : ", uniform") + std::string(with_floor ? ", floor" : "") +
                (with_transient ? ", transient" : "") +
                (noise_kind == 0   ? ""
                 : noise_kind == 1 ? ", 2 % noise"
                                   : ", AR(1) " + std::to_string(correlation));
  return curve;
}
