#include "scenarios/measure/quantities.h"

#include <charconv>
#include <cmath>

namespace lemmata::scenarios {

Verdict verdict_within(const std::vector<Quantity>& quantities) {
  if (quantities.empty()) return Verdict::inconclusive;
  for (const Quantity& quantity : quantities) {
    if (!(std::abs(quantity.measured - quantity.predicted) <= quantity.tolerance)) return Verdict::refuted;
  }
  return Verdict::supported;
}

std::string in_words(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 4).ptr};
}

}  // namespace lemmata::scenarios
