#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace lemmata::analysis {

/// Appends a number with the fewest digits that read back as the same double ("0.1", "1e-05", "nan", "-inf").
inline void append_shortest(std::string& text, double value) {
  char digits[32];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// Appends a number with up to 17 significant digits ("0.10000000000000001", "nan", "-inf").
inline void append_17_digits(std::string& text, double value) {
  char digits[32];
  if (value != value) text += "nan";   // to_chars would write the sign of a NaN
  else text.append(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 17).ptr);
}

/// The number a text is, whole and nothing else: decimal, or nan, inf, with a sign; empty if it is none or out of
/// range.
inline std::optional<double> number_in(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);   // from_chars knows no plus
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace lemmata::analysis
