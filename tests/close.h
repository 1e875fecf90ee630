#pragma once
#include <cmath>

/// Whether two numbers agree to an absolute or a relative tolerance: |a - b| <= absolute + relative * max(|a|, |b|).
/// Both tolerances are always written out at the call, with a reason beside it; there is no default. NaN is never
/// close.
inline bool close(double a, double b, double absolute, double relative) {
  if (a == b) return true;  // equal infinities included
  return std::abs(a - b) <= absolute + relative * std::fmax(std::abs(a), std::abs(b));
}
