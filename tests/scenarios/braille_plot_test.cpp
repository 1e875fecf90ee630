#include "scenarios/watch/braille_plot.h"

#include <doctest/doctest.h>

namespace lemmata::scenarios {
namespace {

using Lines = std::vector<std::string>;

std::string with_dot(int x, int y) {
  BraillePlot plot(1, 1);
  plot.dot(x, y);
  return plot.rows()[0];
}

}  // namespace

TEST_CASE("braille: every dot of a character as Unicode names it: 1 2 3 7 down the left, 4 5 6 8 down the right") {
  CHECK(BraillePlot(1, 1).rows() == Lines{"\u2800"});
  CHECK(with_dot(0, 0) == "\u2801");
  CHECK(with_dot(0, 1) == "\u2802");
  CHECK(with_dot(0, 2) == "\u2804");
  CHECK(with_dot(0, 3) == "\u2840");
  CHECK(with_dot(1, 0) == "\u2808");
  CHECK(with_dot(1, 1) == "\u2810");
  CHECK(with_dot(1, 2) == "\u2820");
  CHECK(with_dot(1, 3) == "\u2880");
  for (const auto& [x, y] : {std::pair(-1, 0), {0, -1}, {2, 0}, {0, 4}}) CHECK(with_dot(x, y) == "\u2800");
}

TEST_CASE("braille: a full character, and rows and columns in their places") {
  BraillePlot plot(2, 2);
  for (int y = 0; y < 4; ++y) plot.line(0, y, 1, y);
  plot.dot(3, 7);
  CHECK(plot.rows() == Lines{"\u28FF\u2800", "\u2800\u2880"});
}

TEST_CASE("braille: the falling diagonal of 4 x 4 dots is 1 5 | 3 8, the rising one its mirror image") {
  BraillePlot falling(2, 1), rising(2, 1);
  falling.line(0, 0, 3, 3);  // dots (0,0) (1,1) | (2,2) (3,3): 1 + 5 = 11, 3 + 8 = 84
  rising.line(0, 3, 3, 0);   // dots (0,3) (1,2) | (2,1) (3,0): 7 + 6 = 60, 2 + 4 = 0A
  CHECK(falling.rows() == Lines{"\u2811\u2884"});
  CHECK(rising.rows() == Lines{"\u2860\u280A"});
  BraillePlot backwards(2, 1);
  backwards.line(3, 3, 0, 0);
  CHECK(backwards.rows() == falling.rows());
}

TEST_CASE("braille: a step down in the middle is drawn without a gap") {
  // Dots 0 1 at the top, 2 3 at the bottom; the line between leaves no row out: (1,0) (1,1) (2,2) (2,3).
  const double x[] = {0, 1, 2, 3}, y[] = {3, 3, 0, 0};
  CHECK(braille_curve(x, y, range_of(x, y), 2, 1) == Lines{"\u2819\u28C4"});
}

TEST_CASE("braille: points that are not joined stand by themselves") {
  // Dots (0,0) (1,0) at the top, (2,3) (3,3) at the bottom: 1 + 8 = 09, 40 + 80 = C0.
  const double x[] = {0, 1, 2, 3}, y[] = {3, 3, 0, 0};
  CHECK(braille_curve(x, y, range_of(x, y), 2, 1, false) == Lines{"\u2809\u28C0"});
}

TEST_CASE("braille: one point stands in the middle, a constant curve halfway up, nothing is an empty picture") {
  const double x[] = {7}, y[] = {-3};
  CHECK(braille_curve(x, y, range_of(x, y), 1, 1) == Lines{"\u2810"});  // lround(.5) = 1: right, second from the top
  const double several[] = {0, 1, 2}, constant[] = {2, 2, 2};
  CHECK(braille_curve(several, constant, range_of(several, constant), 2, 1) == Lines{"\u2812\u2812"});
  CHECK(braille_curve({}, {}, range_of({}, {}), 2, 1) == Lines{"\u2800\u2800"});
}

TEST_CASE("braille: the range holds the points, and is never empty, beside a large number either") {
  const double x[] = {2, 8, 4}, y[] = {-1, 3, 0};
  const PlotRange range = range_of(x, y);
  CHECK(range.x_low == 2);
  CHECK(range.x_high == 8);
  CHECK(range.y_low == -1);
  CHECK(range.y_high == 3);
  const double large[] = {0x1p53}, one[] = {1};
  const PlotRange widened = range_of(large, one);
  CHECK(widened.x_low < widened.x_high);
  CHECK(widened.y_low == 0.5);
  CHECK(widened.y_high == 1.5);
}

}  // namespace lemmata::scenarios
