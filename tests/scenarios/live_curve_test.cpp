#include "scenarios/watch/live_curve.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lemmata::scenarios {
namespace {

using Points = std::vector<LiveCurve::Point>;

bool has(const Points& points, double x, double y) {
  return std::find(points.begin(), points.end(), LiveCurve::Point{x, y}) != points.end();
}

}  // namespace

TEST_CASE("curve: up to the number of buckets every point stays, in its order") {
  LiveCurve curve(4);
  CHECK(curve.points().empty());
  const Points all = {{0, 3}, {1, 1}, {2, 2}, {5, 7}};
  for (const auto& [x, y] : all) curve.add(x, y);
  CHECK(curve.points() == all);
}

TEST_CASE("curve: 9 points in 2 buckets worked out by hand: of 0-3, 4-7 and the rest the lowest, the highest") {
  // y = 5 1 9 4 | 6 2 8 3 | 7: strides 1, 2, 4; the ninth makes 8: buckets {0..7} and {8}.
  LiveCurve curve(2);
  const double y[] = {5, 1, 9, 4, 6, 2, 8, 3, 7};
  for (int i = 0; i < 8; ++i) curve.add(i, y[i]);
  CHECK(curve.points() == Points{{0, 5}, {1, 1}, {2, 9}, {5, 2}, {6, 8}, {7, 3}});
  curve.add(8, y[8]);
  CHECK(curve.points() == Points{{0, 5}, {1, 1}, {2, 9}, {8, 7}});
}

TEST_CASE("curve: of a million points first, last, lowest, highest and every spike stay, at most 2 buckets + 2") {
  for (const std::size_t buckets : {2u, 3u, 7u, 512u}) {
    CAPTURE(buckets);
    LiveCurve curve(buckets);
    const int count = 1'000'003;
    std::size_t most = 0;
    for (int i = 0; i < count; ++i) {
      const double y = i == 7 ? 1e9 : i == 654'321 ? 1e-9 : i == 654'322 ? 1e8 : 1 + std::sin(1e-4 * i) / 2;
      curve.add(i, y);
      if (i % 1000 == 0) most = std::max(most, curve.points().size());
    }
    const Points points = curve.points();
    most = std::max(most, points.size());
    CHECK(most <= 2 * buckets + 2);
    CHECK(points.front() == LiveCurve::Point{0, 1});
    CHECK(points.back().x == count - 1);
    CHECK(has(points, 7, 1e9));
    CHECK(has(points, 654'321, 1e-9));
    if (buckets == 512) CHECK(has(points, 654'322, 1e8));
    CHECK(std::is_sorted(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.x < b.x; }));
    CHECK(curve.kept_or_thinned() == count);
    if (buckets < 512) continue;
    double widest = 0;  // no part is thinned more than another
    for (std::size_t i = 1; i < points.size(); ++i) widest = std::max(widest, points[i].x - points[i - 1].x);
    CHECK(points.size() > 600);
    CHECK(widest <= 3 * 2048);
  }
}

TEST_CASE("curve: zeros and negatives are counted apart from what is not finite, and neither is drawn") {
  LiveCurve curve;
  const double nan = std::nan(""), infinite = std::numeric_limits<double>::infinity();
  for (const double y : {1.0, 0.0, -0.0, -1.0, nan, infinite, -infinite, 5e-324}) curve.add(0, y);
  curve.add(nan, 1);
  CHECK(curve.points() == Points{{0, 1}, {0, 5e-324}});
  CHECK(curve.not_positive() == 3);
  CHECK(curve.not_finite() == 4);
  CHECK(curve.kept_or_thinned() == 2);
  curve.clear();
  CHECK(curve.points().empty());
  CHECK(curve.not_positive() + curve.not_finite() + curve.kept_or_thinned() == 0);
}

}  // namespace lemmata::scenarios
