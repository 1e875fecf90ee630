#pragma once
#include "analysis/law_fit_data.h"

namespace lemmata::analysis {

/// The end of a curve over which its local exponent -dlog y/dlog t has settled.
struct SettledExponent {
  bool found = false;
  double exponent = 0;             ///< of the chord over the whole window
  double lowest = 0, highest = 0;  ///< of the local exponents within it
  double first_time = 0, last_time = 0;
  double decades = 0;  ///< by which y falls in the window
  double misfit = 0;   ///< rms of log y about that chord
  long points = 0;
};

/// The shortest window up to the end that spans a decade (0.95) of t and 0.9 decades of y; found if in it the local
/// exponents, of chords an eighth of a decade of t long, agree within 10 % (highest / lowest <= 1.1). A curve that is a
/// power only asymptotically (logistic gradient descent) passes when nearly free of noise; noise of 1 % already
/// scatters the chords too much. A stretched exponential (local exponent times 2 to 5 per decade), an exponential
/// (times 10), exp(-log^2 t) (25 % and more up to t = 10^5 of its scale) and powers of log t (which need many decades
/// of t to fall so far) do not.
SettledExponent settled_exponent(const LawCurve& curve, double informative);

}  // namespace lemmata::analysis
