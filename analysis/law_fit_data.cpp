#include "analysis/law_fit_data.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace lemmata::analysis {

namespace {

constexpr std::size_t points_per_rule = 80;

struct Point {
  double time, log_value;
};

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Robust standard deviation from second differences of a range of points.
double rough_noise_of(const Point* first, const Point* last) {
  if (last - first < 5) return 0;
  std::vector<double> size;
  for (const Point* point = first + 1; point + 1 < last; ++point)
    size.push_back(std::abs(point[1].log_value - 2 * point->log_value + point[-1].log_value));
  return median_of(std::move(size)) / (0.6745 * std::sqrt(6.0));
}

std::vector<Point> usable_points(std::span<const double> time, std::span<const double> value, LawCurve& curve) {
  std::vector<Point> points;
  points.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!std::isfinite(time[i]) || !std::isfinite(value[i]) || time[i] < 0)
      ++curve.dropped_invalid;
    else if (value[i] < std::numeric_limits<double>::min())
      ++curve.dropped_zero;
    else
      points.push_back({time[i], std::log(value[i])});
  }
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.time < b.time; });
  return points;
}

/// An end plateau that only jitters: no trend between its halves, scatter mostly from point to point, and far rougher
/// than the curve before it. Points not clearly above it are dropped: they say nothing about the decay, and their
/// scatter is not its noise.
void drop_jitter_plateau(std::vector<Point>& points, LawCurve& curve) {
  const std::size_t count = points.size();
  for (double share : {0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08, 0.05}) {
    const std::size_t size = static_cast<std::size_t>(share * static_cast<double>(count));
    if (size < 10 || count - size < 10) continue;
    const Point* begin = points.data() + (count - size);
    const Point* end = points.data() + count;
    std::vector<double> early, late, all;
    for (const Point* p = begin; p < end; ++p) {
      (p < begin + size / 2 ? early : late).push_back(p->log_value);
      all.push_back(p->log_value);
    }
    const double level = median_of(all);
    std::vector<double> deviation;
    for (double value : all) deviation.push_back(std::abs(value - level));
    const double scatter = median_of(std::move(deviation)) / 0.6745;
    const bool level_halves = std::abs(median_of(early) - median_of(late)) < 0.7 * scatter;
    const bool rough = rough_noise_of(begin, end) > 0.5 * scatter;
    const bool rougher = scatter > 8 * rough_noise_of(points.data(), begin) && scatter > 1e-3;
    if (!(level_halves && rough && rougher)) continue;
    const double jitter = level + std::log(std::max(scatter, 1e-3));  // log of the scatter in y
    const double height = points.front().log_value - jitter;
    const double factor = std::clamp(height / 4, std::log(10.0), std::log(1000.0));
    const double largest = *std::max_element(all.begin(), all.end());
    const double keep = std::max(largest, std::max(level, jitter + factor)) + std::log1p(scatter);
    curve.jitter_floor = std::exp(level);
    curve.jitter_error = std::exp(jitter);
    const auto below = [keep](const Point& p) { return p.log_value < keep; };
    curve.dropped_below_floor += std::count_if(points.begin(), points.end(), below);
    points.erase(std::remove_if(points.begin(), points.end(), below), points.end());
    return;
  }
}

/// Marks the point nearest (from below) to each of equally spaced levels of a non-decreasing coordinate.
template <class Coordinate>
void mark_equally_spaced(std::vector<char>& keep, const Coordinate& coordinate) {
  const std::size_t count = keep.size();
  const double first = coordinate(0), last = coordinate(count - 1);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count && last > first; ++i) {
    const double level = first + (last - first) * static_cast<double>(next) / static_cast<double>(points_per_rule - 1);
    if (coordinate(i) < level) continue;
    keep[i] = 1;
    const double share = (coordinate(i) - first) / (last - first) * static_cast<double>(points_per_rule - 1);
    next = static_cast<std::size_t>(std::max(0.0, share)) + 1;
  }
  keep.back() = 1;
}

std::vector<Point> thinned(const std::vector<Point>& points) {
  if (points.size() <= 3 * points_per_rule) return points;
  std::vector<char> keep(points.size(), 0);
  std::vector<double> fall(points.size());  // how far the curve has fallen so far: non-decreasing
  double lowest = points.front().log_value;
  for (std::size_t i = 0; i < points.size(); ++i) {
    lowest = std::min(lowest, points[i].log_value);
    fall[i] = -lowest;
  }
  const double start = points.front().time;
  const double gap =
      (points.back().time - start) / static_cast<double>(points.size()) + std::numeric_limits<double>::min();
  mark_equally_spaced(keep, [&](std::size_t i) { return points[i].time; });
  mark_equally_spaced(keep, [&](std::size_t i) { return std::log(points[i].time - start + gap); });
  mark_equally_spaced(keep, [&](std::size_t i) { return fall[i]; });
  std::vector<Point> kept;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (keep[i]) kept.push_back(points[i]);
  return kept;
}

}  // namespace

double rough_noise(const Vector& log_value) {
  std::vector<Point> points;
  for (Index i = 0; i < log_value.size(); ++i) points.push_back({0, log_value(i)});
  return rough_noise_of(points.data(), points.data() + points.size());
}

LawCurve prepare_curve(std::span<const double> time, std::span<const double> value) {
  LawCurve curve;
  std::vector<Point> points = usable_points(time, value, curve);
  drop_jitter_plateau(points, curve);
  points = thinned(points);
  const Index count = static_cast<Index>(points.size());
  curve.time.resize(count);
  curve.log_value.resize(count);
  for (Index i = 0; i < count; ++i) {
    curve.time(i) = points[static_cast<std::size_t>(i)].time;
    curve.log_value(i) = points[static_cast<std::size_t>(i)].log_value;
  }
  return curve;
}

}  // namespace lemmata::analysis
