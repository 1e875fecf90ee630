#include "analysis/law_fit_settled.h"

#include <algorithm>
#include <cmath>

namespace lemmata::analysis {

namespace {

constexpr double ln_ten = 2.302585092994046;
constexpr double chord_length = ln_ten / 8, largest_ratio = 1.1, fewest_time_decades = 0.95, fewest_value_decades = 0.9;
constexpr double rate_chord_share = 1.0 / 16, rate_time_share = 0.5;  // of the whole time
constexpr double largest_rate_ratio = 1.01, largest_chord_departure = 0.01, fewest_rate_decades = 3;

/// Takes one more local slope into the range; false if the range then exceeds the ratio (or the slope is not positive).
bool widen(SettledEnd& settled, double local, bool first, double ratio) {
  const double lowest = first ? local : std::min(settled.lowest, local);
  const double highest = first ? local : std::max(settled.highest, local);
  if (!(lowest > 0 && highest <= ratio * lowest)) return false;
  settled.lowest = lowest;
  settled.highest = highest;
  return true;
}

/// Whether every point between two stays within a share of the chord's fall of the chord.
bool follows_chord(const LawCurve& curve, Index early, Index late) {
  const double fall = curve.log_value(early) - curve.log_value(late), length = curve.time(late) - curve.time(early);
  for (Index i = early + 1; i < late; ++i) {
    const double chord = curve.log_value(early) - fall * (curve.time(i) - curve.time(early)) / length;
    if (!(std::abs(curve.log_value(i) - chord) <= largest_chord_departure * fall)) return false;
  }
  return true;
}

}  // namespace

SettledEnd settled_exponent(const LawCurve& curve, double informative) {
  SettledEnd settled, whole;  // the last decade, which carries the exponent; all that agrees with it
  Index end = curve.time.size() - 1;
  while (end > 0 && curve.time(end) > informative) --end;
  Index late = end;
  for (Index early = end - 1; early >= 0 && curve.time(early) > 0; --early) {
    const double length = std::log(curve.time(late) / curve.time(early));
    if (length < chord_length) continue;
    if (length > 2 * chord_length) break;  // too sparse to see the local exponent
    const double local = (curve.log_value(early) - curve.log_value(late)) / length;
    if (!widen(whole, local, late == end, largest_ratio)) break;
    late = early;
    if (settled.found) continue;
    const double time_decades = std::log(curve.time(end) / curve.time(late)) / ln_ten;
    settled = whole;
    settled.decades = (curve.log_value(late) - curve.log_value(end)) / ln_ten;
    settled.slope = settled.decades / time_decades;
    settled.found = time_decades >= fewest_time_decades && settled.decades >= fewest_value_decades;
  }
  settled.decades = (curve.log_value(late) - curve.log_value(end)) / ln_ten;
  settled.first_time = curve.time(late);
  settled.last_time = curve.time(end);
  settled.points = end - late + 1;
  const double level = curve.log_value(end) + settled.slope * std::log(curve.time(end));
  double squares = 0;
  for (Index i = late; i <= end; ++i)
    squares += std::pow(curve.log_value(i) + settled.slope * std::log(curve.time(i)) - level, 2);
  settled.misfit = std::sqrt(squares / static_cast<double>(settled.points));
  return settled;
}

SettledEnd settled_rate(const LawCurve& curve) {
  SettledEnd settled;
  const Index end = curve.time.size() - 1;
  const double duration = curve.time(end) - curve.time(0), chord = rate_chord_share * duration;
  Index late = end;
  for (Index early = end - 1; early >= 0 && !settled.found; --early) {
    const double length = curve.time(late) - curve.time(early);
    if (length < chord) continue;
    if (length > 2 * chord) break;  // too sparse to see the local rate
    const double local = (curve.log_value(early) - curve.log_value(late)) / length;
    if (!widen(settled, local, late == end, largest_rate_ratio) || !follows_chord(curve, early, late)) break;
    late = early;
    const double time = curve.time(end) - curve.time(late), fall = curve.log_value(late) - curve.log_value(end);
    settled.decades = fall / ln_ten;
    settled.slope = fall / time;
    settled.found = time >= rate_time_share * duration && settled.decades >= fewest_rate_decades;
  }
  settled.first_time = curve.time(late);
  settled.last_time = curve.time(end);
  settled.points = end - late + 1;
  double squares = 0;
  for (Index i = late; i <= end; ++i)
    squares +=
        std::pow(curve.log_value(i) - curve.log_value(late) + settled.slope * (curve.time(i) - curve.time(late)), 2);
  settled.misfit = std::sqrt(squares / static_cast<double>(settled.points));
  return settled;
}

}  // namespace lemmata::analysis
