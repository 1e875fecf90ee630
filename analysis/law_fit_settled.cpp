#include "analysis/law_fit_settled.h"

#include <algorithm>
#include <cmath>

namespace lemmata::analysis {

namespace {

constexpr double ln_ten = 2.302585092994046;
constexpr double chord_length = ln_ten / 8, largest_ratio = 1.1, fewest_time_decades = 0.95, fewest_value_decades = 0.9;

}  // namespace

SettledExponent settled_exponent(const LawCurve& curve, double informative) {
  SettledExponent settled;
  Index end = curve.time.size() - 1;
  while (end > 0 && curve.time(end) > informative) --end;
  Index late = end;
  int chords = 0;
  for (Index early = end - 1; early >= 0 && curve.time(early) > 0 && !settled.found; --early) {
    const double length = std::log(curve.time(late) / curve.time(early));
    if (length < chord_length) continue;
    if (length > 2 * chord_length) break;  // too sparse to see the local exponent
    const double local = (curve.log_value(early) - curve.log_value(late)) / length;
    const double lowest = chords == 0 ? local : std::min(settled.lowest, local);
    const double highest = chords == 0 ? local : std::max(settled.highest, local);
    if (!(lowest > 0 && highest <= largest_ratio * lowest)) break;
    settled.lowest = lowest;
    settled.highest = highest;
    ++chords;
    late = early;
    const double time_decades = std::log(curve.time(end) / curve.time(late)) / ln_ten;
    settled.decades = (curve.log_value(late) - curve.log_value(end)) / ln_ten;
    settled.exponent = settled.decades / time_decades;
    settled.found = time_decades >= fewest_time_decades && settled.decades >= fewest_value_decades;
  }
  settled.first_time = curve.time(late);
  settled.last_time = curve.time(end);
  settled.points = end - late + 1;
  double squares = 0;
  for (Index i = late; i <= end; ++i)
    squares += std::pow(
        curve.log_value(i) - curve.log_value(late) + settled.exponent * std::log(curve.time(i) / curve.time(late)), 2);
  settled.misfit = std::sqrt(squares / static_cast<double>(settled.points));
  return settled;
}

}  // namespace lemmata::analysis
