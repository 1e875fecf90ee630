#pragma once
#include <vector>

#include "analysis/types.h"

namespace lemmata::analysis {

/// Part of a curve, in fitting units: time is scaled and starts at 0 with the window.
struct LawWindow {
  Vector time;             ///< (point), 0 at the window's first point
  Vector log_value;        ///< (point)
  double informative = 1;  ///< last time whose excess over the floor is above the floor's error
};

/// A model of log y.
///   exponentials:  y = sum_k exp(a_k - r_k s(t)), s(t) = t unless the rate drifts
///   box_cox:       log y = a - p B(x / x_end), B(u) = (u^b - 1)/b, x = t + e^s; x_end at the last informative time.
/// Box-Cox joins both laws: local exponent -dlog y/dlog x = p u^b. b = 0 is the power law, b = 1 the exponential,
/// between them lie stretched exponentials, b < 0 slows down like 1/log t. `drift` prescribes how the local exponent
/// (box_cox) or rate (exponentials) changes over the informative window, as a logarithm.
struct LawFamily {
  enum class Kind { exponentials, box_cox } kind = Kind::exponentials;
  int terms = 1;            ///< of exponentials
  bool free_shape = false;  ///< box_cox: b fitted; else b follows from drift
  double drift = 0;
  bool floor = false;  ///< y + e^c

  /// Number of parameters: (a_k, log r_k)... or a, log p, s, [b]; then [c].
  Index parameters() const;
};

/// log y of the model at every point of the window, and (unless null) its derivatives (point, parameter).
void evaluate_law(const LawFamily& family, const LawWindow& window, const Vector& parameters, Vector& log_model,
                  Matrix* jacobian);

/// A least-squares fit.
struct LawSolution {
  LawFamily family;
  Vector parameters;
  double squares = 0;  ///< sum of squared residuals of log y; infinite if nothing could be fitted
  Vector residual;     ///< (point)
  Matrix covariance;   ///< (J^T J)^-1, times the residual variance by the caller; empty until asked for
};

/// Least squares by Levenberg-Marquardt from `start`; never worse than the start.
LawSolution solve_law(const LawFamily& family, const LawWindow& window, const Vector& start, int iterations);

/// The best of several starting points chosen for the family; `slower` holds solved simpler members (exponentials with
/// one term less, the same family without floor), used as further starts.
LawSolution best_law(const LawFamily& family, const LawWindow& window, const std::vector<const LawSolution*>& simpler);

/// (J^T J)^-1 at the solution, by a pseudo-inverse of the scaled Jacobian: a direction the data do not see has a huge
/// variance.
Matrix law_covariance(const LawSolution& solution, const LawWindow& window);

}  // namespace lemmata::analysis
