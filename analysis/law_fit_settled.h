#pragma once
#include "analysis/law_fit_data.h"

namespace lemmata::analysis {

/// The end of a curve over which a local slope of log y has settled: the exponent -dlog y/dlog t, or the rate
/// -dlog y/dt.
struct SettledEnd {
  bool found = false;
  double slope = 0;  ///< exponent or rate of the chord over the last part (exponent: the last decade of t)
  double lowest = 0, highest = 0;        ///< of the local slopes within that part
  double first_time = 0, last_time = 0;  ///< the window: all that agrees with it
  double decades = 0;                    ///< by which y falls in the window
  double misfit = 0;                     ///< rms of log y in the window about that slope, through the last point
  long points = 0;
};

/// Found if in the last decade of t (0.95), over which y falls by 0.9 decades or more, the local exponents of chords an
/// eighth of a decade long agree within 10 % (highest / lowest <= 1.1). That decade gives the exponent; the window goes
/// back as far as all local exponents agree within the same 10 %. A curve that is a power only asymptotically (logistic
/// gradient descent) passes when nearly free of noise; noise of 1 % already scatters the chords too much. A stretched
/// exponential (local exponent times 2 to 5 per decade), an exponential (times 10), exp(-log^2 t) (25 % and more up to
/// t = 10^5 of its scale) and powers of log t (which need many decades of t to fall so far) do not.
SettledEnd settled_exponent(const LawCurve& curve, double informative);

/// The shortest window up to the end that keeps half the time and 3 decades of y; found if in it the local rates, of
/// chords a sixteenth of the time long, agree within 1 % (highest / lowest <= 1.01) and no point leaves its chord by
/// more than 1 % of the chord's fall. A constant rate over a doubling of t is a local exponent that doubles, so a power
/// cannot pass; of exp(-t^b) the rate changes by 2^(b - 1), and by 1.8^(b - 1) from the first chord to the last, so
/// only 0.98 < b < 1.02 passes; t^-p exp(-r t) passes where p < 0.012 r t, exp(-t/log t) only from t = e^60 on. The
/// floor must be out of sight: nothing is subtracted. Checked by: tests/analysis/law_fit_settled_test.cpp.
SettledEnd settled_rate(const LawCurve& curve);

}  // namespace lemmata::analysis
