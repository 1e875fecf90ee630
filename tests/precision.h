#pragma once
#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

// Double precision held against 50 digits, with error bounds that are derived where they are used.

using Exact = boost::multiprecision::cpp_bin_float_50;

/// u of the bounds, 2^-52: twice what one rounding costs at most.
inline constexpr double unit = std::numeric_limits<double>::epsilon();

/// The largest error so far in units of its own bound.
class WorstError {
 public:
  /// @param bound  absolute; two spacings of subnormal numbers are added, one for an intermediate and one for the
  /// result.
  void add(double found, const Exact& exact, const Exact& bound) {
    const Exact error = abs(Exact(found) - exact) / (bound + 2 * std::numeric_limits<double>::denorm_min());
    const double in_bounds = error.convert_to<double>();
    if (!std::isnan(worst_) && !(in_bounds <= worst_)) worst_ = in_bounds;  // NaN stays
  }
  void add_relative(double found, const Exact& exact, double bound) { add(found, exact, abs(exact) * bound); }

  bool holds() const { return worst_ <= 1; }
  /// Whether the bound says something: a thousandth of it would not hold.
  bool is_no_idle_bound() const { return worst_ > 1e-3; }
  double worst() const { return worst_; }

 private:
  double worst_ = 0;
};

/// The same numbers on every machine and library.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : generator_(seed) {}
  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(generator_() >> 11) * 0x1p-53);
  }
  template <class Array>
  Array filled(long rows, long columns, double low = -1, double high = 1) {
    Array array(rows, columns);
    for (long j = 0; j < columns; ++j) {
      for (long i = 0; i < rows; ++i) array(i, j) = uniform(low, high);
    }
    return array;
  }

 private:
  std::mt19937_64 generator_;
};

/// A margin loss with its derivatives, and what the terms of the second derivative add up to without signs.
struct ExactLoss {
  Exact value, slope, curvature, curvature_scale;
};

/// log(1 + x), x > 0, also where 1 + x is 1 in 50 digits.
inline Exact exact_log1p(const Exact& x) {
  return x < 1e-18 ? Exact(x - x * x / 2 + x * x * x / 3) : Exact(log(1 + x));
}

inline ExactLoss exact_logistic(const Exact& z) {
  const Exact e = exp(-abs(z)), both = (1 + e) * (1 + e), curvature = e / both;
  return {exact_log1p(e) + (z < 0 ? Exact(-z) : Exact(0)), -(z < 0 ? Exact(1) : e) / (1 + e), curvature, curvature};
}

inline ExactLoss exact_exponential(const Exact& z) {
  const Exact e = exp(-z);
  return {e, -e, e, e};
}

inline ExactLoss exact_squared(const Exact& z) { return {(1 - z) * (1 - z) / 2, z - 1, 1, 1}; }

inline ExactLoss exact_squared_hinge(const Exact& z) { return z < 1 ? exact_squared(z) : ExactLoss{0, 0, 0, 0}; }

/// log(1 + e^-u), u = tanh(z/2): l' = -s u', l'' = s u' ((1 - s) u' + u), s = 1/(1 + e^u), u' = 2e/(1 + e)^2.
inline ExactLoss exact_double_softmax(const Exact& z) {
  const Exact e = exp(-abs(z)), u = tanh(z / 2), d_u = 2 * e / ((1 + e) * (1 + e)), s = 1 / (1 + exp(u));
  return {log(1 + exp(-u)), -s * d_u, s * d_u * ((1 - s) * d_u + u), s * d_u * ((1 - s) * d_u + abs(u))};
}

/// Margins over [-750, 750], dense about 0 and about the kink at 1.
template <class Use>
void for_margins(const Use& use) {
  Draw draw(1);
  for (int i = 0; i < 300; ++i) use(draw.uniform(-750, 750));
  for (int i = 0; i < 100; ++i) use(draw.uniform(-3, 3));
  for (int k = 1; k < 16; ++k) {
    for (const double sign : {-1.0, 1.0}) use(sign * std::pow(10, -k)), use(1 + sign * std::pow(10, -k));
  }
}

/// Adds a number that may have left the range of doubles, as infinity only where it must.
inline void add_in_range(WorstError& worst, double found, const Exact& exact, const Exact& bound) {
  if (abs(exact) <= std::numeric_limits<double>::max() * (1 - 1e-12))
    worst.add(found, exact, bound);
  else if (!std::isinf(found))
    worst.add(0, 1, 0);
}
