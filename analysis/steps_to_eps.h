#pragma once
#include <string>
#include <vector>

#include "analysis/law_fit.h"

namespace lemmata::analysis {

/// T(eps), the first step with value <= eps, for eps on the grid 10^(-k / per_decade), k = 0, 1, ..., down to
/// `smallest`.
///
/// Fed at every step, it costs one comparison unless a new level is reached. A level never reached is censored (-1).
/// NaN reaches nothing. Checked by: tests/analysis/steps_to_eps_test.cpp.
class StepsToEps {
 public:
  /// @throws std::invalid_argument unless per_decade >= 1 and 0 < smallest <= 1.
  explicit StepsToEps(int per_decade = 10, double smallest = 1e-30);

  /// The value at a step; steps must not decrease. @throws std::invalid_argument if they do.
  void observe(long step, double value);

  const std::vector<double>& levels() const { return levels_; }  ///< eps, decreasing
  const std::vector<long>& steps() const { return steps_; }      ///< T(eps) beside levels(); -1 = censored
  /// The value at steps(), at or below the level; NaN = censored. T(value) is the same step, and no rounding up to a
  /// whole step lies between the two, so these are the levels to fit a law to where steps are coarse.
  const std::vector<double>& values() const { return values_; }
  long censored() const;  ///< levels never reached

  /// T(eps) for any eps, from the grid level just at or below it (so never earlier than the truth); -1 if not reached.
  long first_step(double eps) const;

 private:
  std::vector<double> levels_;
  std::vector<long> steps_;
  std::vector<double> values_;
  std::size_t next_ = 0;
  long last_step_ = -1;
};

/// Law of T(eps).
struct StepsLaw {
  enum class Kind { log, power, inconclusive } kind = Kind::inconclusive;
  double slope = 0;      ///< log: b of T = a + b ln(1/eps)
  double exponent = 0;   ///< power: p of T + t0 = a eps^-p
  double floor = 0;      ///< where one is seen the law is one of eps - floor, and smaller eps are never reached
  double offset = 0;     ///< power: t0
  double intercept = 0;  ///< a of either: its median over the levels that carry the law
  Interval interval;     ///< for slope or exponent
  double decades = 0;    ///< of eps over all levels used
  Interval window;       ///< T of the first and the last level that carry the law
  double window_decades =
      0;                ///< of eps over those that carry the law: the transient cut, one where it was seen settling
  long levels = 0;      ///< distinct steps which the fit used
  long censored = 0;    ///< levels never reached: excluded
  long immediate = 0;   ///< levels reached at the first step already, or at the same step as a smaller one: excluded
  double smallest = 0;  ///< smallest eps reached
  std::string reason;
};

/// "log", "power" or "inconclusive".
std::string steps_law_name(StepsLaw::Kind kind);

/// Fits the law of T(eps), counted from `first_step` (the start of the run or of a stage).
///
/// (T(eps), eps) are points of the curve value(t) itself, so this is fit_law on them: T = a + b ln(1/eps) is exactly
/// the exponential with rate 1/b, T + t0 = a eps^-p the power t^(-1/p); the rules against a confident wrong law carry
/// over, and the intervals follow by inversion. Of levels reached at one step only the smallest is kept: it lies
/// nearest to the value there. A level differs from that value by up to one step's fall, which a fit to levels sees as
/// misfit: where the rate is above 0.02 per step, fit StepsToEps::values.
/// @throws std::invalid_argument if levels and steps differ in length.
StepsLaw fit_steps_law(const std::vector<double>& levels, const std::vector<long>& steps, long first_step = 0,
                       const LawFitOptions& options = {});

}  // namespace lemmata::analysis
