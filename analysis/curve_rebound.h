#pragma once
#include <cstddef>
#include <span>

namespace lemmata::analysis {

/// A curve that falls and then rises, in numbers.
struct CurveRebound {
  double first = 0, minimum = 0, last = 0;
  std::size_t minimum_index = 0;  ///< the first at which the minimum is taken
  double drop = 0;                ///< first - minimum
  double rebound = 0;             ///< last - minimum
  double largest_rise = 0;        ///< max over i <= j of x_j - x_i: 0 exactly if the curve never rises
  double largest_step = 0;        ///< max over neighbours of x_(i+1) - x_i; negative if every step falls
};

/// @param curve  at least two finite numbers. @throws std::invalid_argument otherwise.
/// Checked by: tests/analysis/curve_rebound_test.cpp.
CurveRebound curve_rebound(std::span<const double> curve);

}  // namespace lemmata::analysis
