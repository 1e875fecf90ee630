#include "scenarios/watch/braille_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace lemmata::scenarios {
namespace {

int place(double value, double low, double high, int dots) {
  return static_cast<int>(std::lround((value - low) / (high - low) * (dots - 1)));
}

void reach(std::span<const double> values, double& low, double& high) {
  const auto [least, largest] = std::minmax_element(values.begin(), values.end());
  low = *least;
  high = *largest;
  if (low < high) return;
  const double half = std::max(0.5, 1e-6 * std::abs(low));  // 1/2 would be lost beside a large number
  low -= half;
  high += half;
}

}  // namespace

BraillePlot::BraillePlot(int columns, int rows)
    : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

void BraillePlot::dot(int x, int y) {
  // Bits of U+2800 as Unicode numbers the dots: 1 2 3 7 down the left side, 4 5 6 8 down the right.
  static constexpr std::uint8_t bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
  if (x < 0 || y < 0 || x >= width() || y >= height()) return;
  const int cell = y / 4 * columns_ + x / 2;
  cells_[static_cast<std::size_t>(cell)] |= bits[x % 2][y % 4];
}

void BraillePlot::line(int x0, int y0, int x1, int y1) {
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    const double share = static_cast<double>(i) / steps;
    dot(x0 + static_cast<int>(std::lround(share * (x1 - x0))), y0 + static_cast<int>(std::lround(share * (y1 - y0))));
  }
}

std::vector<std::string> BraillePlot::rows() const {
  std::vector<std::string> rows(static_cast<std::size_t>(rows_));
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    const std::uint8_t dots = cells_[cell];  // U+2800 + dots is E2 A0+hi 80+lo in UTF-8
    std::string& row = rows[cell / static_cast<std::size_t>(columns_)];
    row += '\xE2';
    row += static_cast<char>(0xA0 + dots / 64);
    row += static_cast<char>(0x80 + dots % 64);
  }
  return rows;
}

PlotRange range_of(std::span<const double> x, std::span<const double> y) {
  PlotRange range;
  if (x.empty()) return range;
  reach(x, range.x_low, range.x_high);
  reach(y, range.y_low, range.y_high);
  return range;
}

std::vector<std::string> braille_curve(std::span<const double> x, std::span<const double> y, const PlotRange& range,
                                       int columns, int rows, bool joined) {
  BraillePlot plot(columns, rows);
  int before_x = 0, before_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int dot_x = place(x[i], range.x_low, range.x_high, plot.width());
    const int dot_y = plot.height() - 1 - place(y[i], range.y_low, range.y_high, plot.height());
    if (i == 0 || !joined)
      plot.dot(dot_x, dot_y);
    else
      plot.line(before_x, before_y, dot_x, dot_y);
    before_x = dot_x;
    before_y = dot_y;
  }
  return plot.rows();
}

}  // namespace lemmata::scenarios
