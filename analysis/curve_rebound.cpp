#include "analysis/curve_rebound.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lemmata::analysis {

CurveRebound curve_rebound(std::span<const double> curve) {
  if (curve.size() < 2 || !std::all_of(curve.begin(), curve.end(), [](double x) { return std::isfinite(x); }))
    throw std::invalid_argument("curve: allowed: at least two finite numbers");
  CurveRebound found;
  found.first = found.minimum = curve.front();
  found.last = curve.back();
  found.largest_step = curve[1] - curve[0];
  for (std::size_t i = 1; i < curve.size(); ++i) {
    found.largest_rise = std::max(found.largest_rise, curve[i] - found.minimum);
    found.largest_step = std::max(found.largest_step, curve[i] - curve[i - 1]);
    if (curve[i] < found.minimum) {
      found.minimum = curve[i];
      found.minimum_index = i;
    }
  }
  found.drop = found.first - found.minimum;
  found.rebound = found.last - found.minimum;
  return found;
}

}  // namespace lemmata::analysis
