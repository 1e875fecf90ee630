#pragma once
#include <span>
#include <string>
#include <vector>

#include "analysis/statistics.h"

namespace lemmata::analysis {

/// What a positive curve y(t) follows.
enum class Law { exponential, power, constant, inconclusive };

/// "exponential", "power", "constant" or "inconclusive".
std::string law_name(Law law);

struct LawFitOptions {
  double confidence = 0.95;    ///< of the interval
  double total_decades = 2.8;  ///< decades y must fall by in all, else a law needs overwhelming evidence
  double decisive = 10;        ///< difference in BIC by which every rival must lose
  double overwhelming = 40;    ///< the same where y falls by fewer decades (at least 1.3 are always needed)
};

/// One model of the contest, fitted to the window of the verdict.
struct LawAlternative {
  std::string law;      ///< "exponential (2 terms)", "power", "between (Box-Cox)", ... ; "+ floor" where one is fitted
  double rate = 0;      ///< slowest rate, or 0
  double exponent = 0;  ///< p, or 0 (of the Box-Cox umbrella: local exponent at the window's end)
  double floor = 0;
  double misfit = 0;          ///< root mean square of the residual of log y
  double log_likelihood = 0;  ///< Gaussian log residuals, for the effective (decorrelated) number of points
  double bic = 0;             ///< -2 log_likelihood + parameters x log(effective points); differences matter
};

/// A verdict with its evidence. Times are in the unit of the `time` given.
struct LawFit {
  Law law = Law::inconclusive;
  double floor = 0;        ///< c of a exp(-rate t) + c, a (t + t0)^-p + c; 0 where none is seen
  double floor_error = 0;  ///< its standard error (without a floor: the largest that would go unseen)
  double rate = 0;         ///< exponential: the slowest rate per unit time; else 0
  double exponent = 0;     ///< power: p; else 0
  double offset = 0;       ///< power: t0
  double scale = 0;        ///< exponential, power: a, the median of (y - floor) / shape over the window
                           ///< (of several exponentials, over its last third: that of the slowest)
  int terms = 0;           ///< exponential: how many exponentials the window shows
  Interval interval;  ///< for rate or exponent (constant: for the value), including the change under the transient cut
  double window_first =
      0;  ///< first and last time whose points carry the law (after the transient, above the floor's error)
  double window_last = 0;
  double decades = 0;                        ///< by how many decades y - floor falls within the window
  long points = 0;                           ///< points of the (thinned) window that carry the law
  long dropped_zero = 0;                     ///< values that are 0, negative or subnormal: dropped, never clipped
  long dropped_invalid = 0;                  ///< NaN or infinite times or values, negative times
  long dropped_below_floor = 0;              ///< points whose excess over the floor is below the floor's error
  double misfit = 0;                         ///< root mean square of the residual of log y in the window
  std::vector<LawAlternative> alternatives;  ///< the whole contest, best BIC first
  std::string reason;                        ///< in plain words
};

/// Decides which law a positive curve follows: a sum of exponentials (reported by its slowest rate), a power a (t +
/// t0)^-p, each with or without a floor, a constant, or neither (inconclusive).
///
/// Method: log y is fitted by least squares (multiplicative noise) with the floor inside the logarithm. A law is named
/// only if, on one window, EVERY rival loses by the stated difference in BIC: the other law, and the law itself with
/// its local exponent (or rate) made to drift by a fixed share across the window - so a stretched exponential, 1/log t
/// and the like are refused because their drift is seen, and a curve too short or too noisy to see a drift is refused
/// because it is not excluded. Neighbouring residuals are correlated, so the number of points is replaced by n (1 -
/// rho)/(1 + rho); a smooth misfit of a noise-free curve counts as correlated and weighs little. Transient: windows
/// start at 0, then at a fixed ladder of fractions of the last informative time, and the earliest window that decides
/// is taken; a window keeps at least half the time (exponential) or 1.5 decades of t + t0 (power). Interval: Student-t
/// from the curvature of the likelihood, inflated by (1 + rho)/(1 - rho), plus the change of the estimate under two
/// later cuts. Curves of more than about 240 points are thinned (points equally spaced in t, in log t and in log y).
/// What no curve can tell: a spectrum of exponentials wider than the window IS a power law within it. `reason` says so.
/// A power that holds only asymptotically (logistic gradient descent) is named when no window decides, the whole curve
/// falls by total_decades and the local exponent has settled to 10 % over the last decade (law_fit_settled.h).
/// Likewise an exponential (terms = 1), when the local rate has settled to 1 % over the last half of the time and 3
/// decades of y. Needed for clean sums with nearly equal slowest rates: three fitted terms resolve a departure of 1e-4
/// or less into a pair of such rates, of which the slower "never stands alone". Wherever the rate has so settled, the
/// interval reaches down to the slower of two rates too close to be told apart; elsewhere it does not know of them.
///
/// @param time   counted from the start of the chosen range, any order, any spacing.
/// @param value  y, as many as times; any positive scale from 1e-300 to 1e300.
/// @return a verdict for every input; never throws on data. Checked by: tests/analysis/law_fit_test.cpp,
/// law_fit_rates_test.cpp, law_fit_settled_test.cpp.
/// @throws std::invalid_argument if the lengths disagree or an option is outside its range.
LawFit fit_law(std::span<const double> time, std::span<const double> value, const LawFitOptions& options = {});

}  // namespace lemmata::analysis
