#include "tests/analysis/synthetic_curves.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

using lemmata::analysis::Law;

namespace {

constexpr double ln_ten = 2.302585092994046;

/// Numbers from the standard's mt19937_64 with transforms of our own.
class Draw {
 public:
  Draw(std::uint64_t family, std::uint64_t index)
      : generator_(family * 0x9E3779B97F4A7C15ULL + index * 0xD1B54A32D192ED03ULL + 1) {}
  double uniform(double low = 0, double high = 1) {
    return low + (high - low) * (static_cast<double>(generator_() >> 11) + 0.5) * 0x1p-53;
  }
  double log_uniform(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform()); }
  int below(int n) { return static_cast<int>(uniform(0, n)); }

 private:
  std::mt19937_64 generator_;
};

std::vector<double> log_spaced(double last, int per_decade) {
  std::vector<double> times{0};
  for (int k = 0;; ++k) {
    const double step = std::round(std::pow(10, static_cast<double>(k) / per_decade));
    if (step > last) break;
    if (step > times.back()) times.push_back(step);
  }
  return times;
}

std::vector<double> uniform_times(double last, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(last * i / (count - 1));
  return times;
}

/// log of the excess over the floor, as a function of t.
using LogCurve = std::function<double(double)>;

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

LogCurve neither(Draw& draw, double last, std::string& kind) {
  const double fall = draw.uniform(3, 12) * ln_ten;
  switch (draw.below(9)) {
    case 0:
    case 1:
    case 2: {
      const double shape = draw.uniform(0.3, 0.7);
      kind = "stretched " + std::to_string(shape);
      return [=](double t) { return -fall * std::pow(t / last, shape); };
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
      return [=](double t) { return -fall * std::pow(std::log1p(t / scale) / std::log1p(last / scale), 2); };
    }
    case 6: {
      const double shape = draw.uniform(1.4, 2.5);
      kind = "compressed " + std::to_string(shape);
      return [=](double t) { return -fall * std::pow(t / last, shape); };
    }
    case 7: {
      kind = "straight to zero";
      const double power = draw.uniform(0.5, 2);
      return [=](double t) { return power * std::log(1 - 0.9999 * t / last); };
    }
    default: {
      const double scale = last * draw.log_uniform(1e-5, 1e-3), first = draw.uniform(0.5, 1),
                   gain = draw.uniform(1.5, 2.5);
      kind = "exponent drifting by " +
             std::to_string(gain);  // p grows linearly in log t by a factor of gain^2... over the range
      const double range = std::log1p(last / scale);
      return [=](double t) {
        const double u = std::log1p(t / scale);
        return -first * u * (1 + gain * u / range);
      };
    }
  }
}

void add_noise(Draw& draw, SyntheticCurve& curve, double size, double correlation) {
  double state = draw.normal();
  for (double& value : curve.value) {
    value *= std::exp(size * state);
    state = correlation * state + std::sqrt(1 - correlation * correlation) * draw.normal();
  }
}

std::vector<double> clean_times(Draw& draw, double last) {
  const int choice = draw.below(3);
  return choice == 0 ? uniform_times(last, 400) : log_spaced(last, choice == 1 ? 50 : 60);
}

/// log of a sum of 10-20 exponentials of which a group of 1-3 nearly equal, slowest ones stands alone at the end.
LogCurve gapped_spectrum(Draw& draw, double last, double& slowest) {
  const double fall = draw.log_uniform(8, 250) * ln_ten, gap = draw.uniform(20, 60) / fall;
  const double widest = std::max(1 + 2 * gap, draw.log_uniform(2, 72));
  slowest = fall / last;
  std::vector<double> amplitude{1}, rate{slowest};
  for (int near = draw.below(3); near > 0; --near) {
    rate.push_back(slowest * (1 + draw.log_uniform(1e-7, 1e-2)));
    amplitude.push_back(draw.log_uniform(0.1, 10));
  }
  const std::size_t group = rate.size();
  for (const std::size_t terms = static_cast<std::size_t>(10 + draw.below(11)); rate.size() < terms;) {
    rate.push_back(slowest * (rate.size() == group ? 1 + gap : draw.log_uniform(1 + gap, widest)));
    amplitude.push_back(draw.log_uniform(1e-2, 1e2));
  }
  return [=](double t) {
    double sum = 0;
    for (std::size_t k = 0; k < rate.size(); ++k) sum += amplitude[k] * std::exp(-(rate[k] - rate[0]) * t);
    return std::log(sum) - rate[0] * t;
  };
}

/// Loss of normalised gradient descent on separate logistic margins, step by step.
std::vector<double> normalised_logistic(Draw& draw, long last, double& rate) {
  const int margins = 2 + draw.below(5);
  std::vector<double> scale, margin;
  double inverse_squares = 0;
  for (int k = 0; k < margins; ++k) {
    scale.push_back(draw.uniform(0.5, 1.5));
    margin.push_back(draw.uniform(0, 4));
    inverse_squares += 1 / (scale.back() * scale.back());
  }
  rate = draw.uniform(8, 250) * ln_ten / static_cast<double>(last);
  const double learning_rate = rate * std::sqrt(inverse_squares);
  std::vector<double> loss;
  for (long step = 0; step <= last; ++step) {
    double sum = 0, squares = 0;
    const double least = *std::min_element(margin.begin(), margin.end());
    std::vector<double> gradient;  // times exp(least), which the norm divides out
    for (std::size_t k = 0; k < margin.size(); ++k) {
      sum += std::log1p(std::exp(-margin[k]));
      gradient.push_back(scale[k] * std::exp(least - margin[k]) / (1 + std::exp(-margin[k])));
      squares += gradient[k] * gradient[k];
    }
    loss.push_back(sum);
    for (std::size_t k = 0; k < margin.size(); ++k)
      margin[k] += learning_rate * scale[k] * gradient[k] / std::sqrt(squares);
  }
  return loss;
}

LogCurve near_exponential(Draw& draw, double last, std::string& kind) {
  const double fall = draw.log_uniform(4, 200) * ln_ten;
  switch (draw.below(8)) {
    case 0: {
      const double shape = draw.uniform(0.3, 0.9);
      kind = "stretched " + std::to_string(shape);
      return [=](double t) { return -fall * std::pow(t / last, shape); };
    }
    case 1: {
      const double shape = draw.uniform(1.1, 2.5);
      kind = "compressed " + std::to_string(shape);
      return [=](double t) { return -fall * std::pow(t / last, shape); };
    }
    case 2: {
      const double scale = last * draw.log_uniform(1e-5, 1e-1);
      kind = "exp(-log^2)";
      return [=](double t) { return -fall * std::pow(std::log1p(t / scale) / std::log1p(last / scale), 2); };
    }
    case 3: {
      const double scale = last * draw.log_uniform(1e-4, 1e-2), ratio = draw.log_uniform(0.1, 3);  // p/(r t) at the end
      const double rate = fall / (1 + ratio * std::log1p(last / scale));
      kind = "t^-p exp(-rt), p/(rt) " + std::to_string(ratio);
      return [=](double t) { return -rate * (ratio * std::log1p(t / scale) + t / last); };
    }
    case 4: {
      const double share = draw.uniform(0.3, 0.8);
      kind = "exp(-rt - c sqrt t), share of sqrt " + std::to_string(share);
      return [=](double t) { return -fall * (share * std::sqrt(t / last) + (1 - share) * t / last); };
    }
    case 5: {
      const double scale = last * draw.log_uniform(1e-6, 1e-1);
      kind = "exp(-t/log t)";
      return [=](double t) { return -fall * (t / last) * std::log(M_E + last / scale) / std::log(M_E + t / scale); };
    }
    case 6: {
      const double first = draw.uniform(0.3, 0.8), second = draw.uniform(0.3, 0.8), share = draw.uniform(0.2, 0.8);
      const bool product = draw.below(2) == 0;
      kind = (product ? "product of two stretched " : "sum of two stretched ") + std::to_string(first) + ", " +
             std::to_string(second);
      return [=](double t) {
        const double a = -fall * std::pow(t / last, first), b = -fall * share * std::pow(t / last, second);
        return product ? share * a + (1 - share) * b / share : std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
      };
    }
    default: {
      const double size = draw.uniform(0.05, 0.5), count = draw.uniform(3, 60);
      kind = "exponential with ripples " + std::to_string(size);
      return [=](double t) { return -fall * (t / last) * (1 + size * std::sin(count * std::log1p(20 * t / last))); };
    }
  }
}

}  // namespace

SyntheticCurve settling_curve(std::uint64_t family, std::uint64_t index) {
  Draw draw(family, index);
  SyntheticCurve curve;
  curve.truth = Law::exponential;
  const double last = std::round(draw.log_uniform(1000, 20000));
  curve.time = clean_times(draw, last);
  if (draw.below(3) == 0) {
    curve.kind = "normalised logistic";
    const std::vector<double> loss = normalised_logistic(draw, static_cast<long>(last), curve.parameter);
    for (double& t : curve.time) t = std::round(t);
    for (double t : curve.time) curve.value.push_back(loss[static_cast<std::size_t>(t)]);
  } else {
    curve.kind = "gapped spectrum";
    const LogCurve law = gapped_spectrum(draw, last, curve.parameter);
    for (double t : curve.time) curve.value.push_back(std::exp(law(t)));
    const int error = draw.below(3);
    if (error == 1) add_noise(draw, curve, 1e-6, 0);
    const double shift = error == 2 ? draw.normal() * 1e-4 * curve.value.back() : 0;
    for (double& value : curve.value) value += shift;
  }
  curve.decades = std::log10(curve.value.front() / curve.value.back());
  return curve;
}

SyntheticCurve near_exponential_curve(std::uint64_t family, std::uint64_t index) {
  Draw draw(family, index);
  SyntheticCurve curve;
  const double last = std::round(draw.log_uniform(1000, 20000));
  curve.time = clean_times(draw, last);
  const LogCurve law = near_exponential(draw, last, curve.kind);
  for (double t : curve.time) curve.value.push_back(std::exp(law(t)));
  curve.decades = std::log10(curve.value.front() / curve.value.back());
  return curve;
}

SyntheticCurve synthetic_curve(std::uint64_t family, std::uint64_t index) {
  Draw draw(family, index);
  SyntheticCurve curve;
  const int choice = draw.below(6);
  const bool by_logs = draw.below(2) == 0, with_floor = draw.below(3) == 0, with_transient = draw.below(3) == 0;
  const int noise_kind = draw.below(3);
  const double noise = noise_kind == 0 ? 0 : 0.02, correlation = noise_kind == 2 ? draw.uniform(0.3, 0.9) : 0;
  double last = draw.log_uniform(300, 1e5), fall = draw.uniform(3, noise > 0 || draw.below(3) > 0 ? 9 : 250);
  LogCurve law;
  if (choice < 3) {
    const int terms = choice == 0 ? 1 : 1 + draw.below(5);
    curve.truth = Law::exponential;
    curve.parameter = fall * ln_ten / last;
    curve.kind = std::to_string(terms) + " exponentials";
    law = exponentials(draw, curve.parameter, terms);
  } else if (choice < 5) {
    curve.truth = Law::power;
    const double exponent = draw.uniform(0.5, 2);
    const double span = draw.uniform(3, 5) / exponent;  // decades of t + t0 for 3-5 decades of y
    last = std::max(last, draw.uniform(1, 3) * std::pow(10, span));
    const double offset = last * std::pow(10, -span);
    curve.parameter = exponent;
    curve.kind = "power " + std::to_string(exponent);
    law = [=](double t) { return -exponent * std::log1p(t / offset); };
  } else {
    law = neither(draw, last, curve.kind);
  }
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
