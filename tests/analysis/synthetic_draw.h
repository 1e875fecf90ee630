#pragma once
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "tests/analysis/synthetic_curves.h"

// What the families of synthetic curves draw from.

inline constexpr double ln_ten = 2.302585092994046;

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

inline std::vector<double> log_spaced(double last, int per_decade) {
  std::vector<double> times{0};
  for (int k = 0;; ++k) {
    const double step = std::round(std::pow(10, static_cast<double>(k) / per_decade));
    if (step > last) break;
    if (step > times.back()) times.push_back(step);
  }
  return times;
}

inline std::vector<double> uniform_times(double last, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(last * i / (count - 1));
  return times;
}

/// log of the excess over the floor, as a function of t.
using LogCurve = std::function<double(double)>;

/// exp(-fall (t/last)^shape): stretched below shape 1, compressed above.
inline LogCurve stretched(double fall, double last, double shape) {
  return [=](double t) { return -fall * std::pow(t / last, shape); };
}

/// exp(-fall (log(1 + t/scale) / log(1 + last/scale))^2).
inline LogCurve squared_log(double fall, double last, double scale) {
  return [=](double t) { return -fall * std::pow(std::log1p(t / scale) / std::log1p(last / scale), 2); };
}

/// Multiplies by exp(size x AR(1) noise of unit variance).
inline void add_noise(Draw& draw, SyntheticCurve& curve, double size, double correlation) {
  double state = draw.normal();
  for (double& value : curve.value) {
    value *= std::exp(size * state);
    state = correlation * state + std::sqrt(1 - correlation * correlation) * draw.normal();
  }
}
