#pragma once
#include <span>

#include "analysis/types.h"

namespace lemmata::analysis {

/// A curve made ready for fitting: increasing times, logarithms of positive values, thinned.
struct LawCurve {
  Vector time;  ///< increasing, >= 0, in the caller's unit
  Vector log_value;
  long dropped_zero = 0, dropped_invalid = 0, dropped_below_floor = 0;
  double jitter_floor = 0;  ///< level of a noisy end plateau (e.g. rounding) whose points were dropped; 0 = none
  double jitter_error = 0;  ///< its scatter
};

/// Drops what carries no information (NaN, zeros, a plateau of jitter at the end), sorts by time, thins to about 240
/// points: a third each equally spaced in t, in log t and in log y. Lengths must agree.
LawCurve prepare_curve(std::span<const double> time, std::span<const double> value);

/// Noise of a smooth curve from its second differences (robust): median |d2| / (0.6745 sqrt 6). 0 for fewer than 5
/// points.
double rough_noise(const Vector& log_value);

}  // namespace lemmata::analysis
