#pragma once
#include "scenarios/claims/claim.h"

namespace lemmata::scenarios {

/// Supported if every judged quantity holds, refuted if one of numbers does not; inconclusive if there is none, or if
/// it rests on NaN: all that are numbers hold, but one is none.
Verdict verdict_within(const std::vector<Quantity>& quantities);

/// The quantity, reported only: it does not decide.
Quantity reported(Quantity quantity);

/// A prediction against an interval [lower, upper] about `measured`: holds if it lies within, `slack` (relative to the
/// prediction) apart.
Quantity interval_quantity(const std::string& what, double predicted, double measured,
                           const analysis::Interval& interval, double slack, const std::string& reason);

/// The largest, or smallest, of the numbers; NaN if one of them is, -+infinity of none.
double largest_of(const std::vector<double>& values);
double smallest_of(const std::vector<double>& values);

/// How a sentence about what was found ends: "as claimed", "not as claimed" or "undecided".
std::string verdict_in_words(Verdict verdict);

/// A number as sentences show it, four significant digits.
std::string in_words(double value);

}  // namespace lemmata::scenarios
