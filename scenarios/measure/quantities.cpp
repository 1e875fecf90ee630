#include "scenarios/measure/quantities.h"

#include <charconv>
#include <cmath>

namespace lemmata::scenarios {

Verdict verdict_within(const std::vector<Quantity>& quantities) {
  bool any = false;
  for (const Quantity& quantity : quantities) {
    if (quantity.judged && quantity.is_number() && !quantity.holds()) return Verdict::refuted;
    any = any || quantity.judged;
  }
  return any && !not_a_number_among(quantities) ? Verdict::supported : Verdict::inconclusive;
}

Quantity reported(Quantity quantity) {
  quantity.judged = false;
  return quantity;
}

Quantity interval_quantity(const std::string& what, double predicted, double measured,
                           const analysis::Interval& interval, double slack, const std::string& reason) {
  const double side = predicted > measured ? interval.upper - measured : measured - interval.lower;
  return {what, predicted, measured, side + slack * std::abs(predicted), reason};
}

double largest_of(const std::vector<double>& values) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double value : values) largest = std::isnan(value) || value > largest ? value : largest;
  return std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })
             ? std::numeric_limits<double>::quiet_NaN()
             : largest;
}

double smallest_of(const std::vector<double>& values) {
  std::vector<double> negative;
  for (const double value : values) negative.push_back(-value);
  return -largest_of(negative);
}

std::string verdict_in_words(Verdict verdict) {
  return verdict == Verdict::supported ? "as claimed" : verdict == Verdict::refuted ? "not as claimed" : "undecided";
}

std::string in_words(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 4).ptr};
}

}  // namespace lemmata::scenarios
