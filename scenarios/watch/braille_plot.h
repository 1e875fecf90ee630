#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lemmata::scenarios {

/// A picture in braille characters, 2 x 4 dots each: dot (0, 0) is at the top left.
/// Checked by: tests/scenarios/braille_plot_test.cpp, pictures worked out by hand.
class BraillePlot {
 public:
  /// @param columns, rows  size in characters, >= 1.
  BraillePlot(int columns, int rows);

  int width() const { return 2 * columns_; }  ///< in dots
  int height() const { return 4 * rows_; }
  void dot(int x, int y);                     ///< outside the picture: nothing
  void line(int x0, int y0, int x1, int y1);  ///< straight, both ends included, without gaps
  /// One UTF-8 string per row, each of `columns` characters of one column's width; an empty one is U+2800.
  std::vector<std::string> rows() const;

 private:
  int columns_, rows_;
  std::vector<std::uint8_t> cells_;
};

/// What the axes of a plot reach over, y as log10.
struct PlotRange {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
};
/// Smallest range that holds the points; where they have one x or one y, widened by 1/2 (a millionth of a
/// large one) on either side.
/// @param x, y  equally long, y as log10, finite; no points: the range of a default PlotRange.
PlotRange range_of(std::span<const double> x, std::span<const double> y);

/// The points, joined by lines or each by itself, on a picture of columns x rows characters. x_low is the left, y_low
/// the lowest dot.
std::vector<std::string> braille_curve(std::span<const double> x, std::span<const double> y, const PlotRange& range,
                                       int columns, int rows, bool joined = true);

}  // namespace lemmata::scenarios
