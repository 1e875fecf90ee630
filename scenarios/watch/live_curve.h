#pragma once
#include <cstddef>
#include <vector>

namespace lemmata::scenarios {

/// A curve for a logarithmic axis that grows point by point in bounded memory.
///
/// Consecutive points stand in buckets of `stride` points, of which the lowest and the highest are kept; where there
/// are too many buckets, each two become one and the stride doubles. So every part of the curve is thinned alike, and
/// first, last, lowest and highest point are always there. Checked by: tests/scenarios/live_curve_test.cpp.
class LiveCurve {
 public:
  struct Point {
    double x, y;
    friend bool operator==(const Point&, const Point&) = default;
  };
  /// @param buckets  at most so many, >= 2: points() has at most 2 buckets + 2.
  explicit LiveCurve(std::size_t buckets = 512) : most_(buckets) {}

  /// Zero and negative values, and those that are not finite, have no place on the axis: they are counted, not kept.
  void add(double x, double y);
  void clear() { *this = LiveCurve(most_); }

  /// The thinned curve in the order it was added.
  std::vector<Point> points() const;
  long kept_or_thinned() const { return count_; }  ///< points that have a place on the axis
  long not_positive() const { return not_positive_; }
  long not_finite() const { return not_finite_; }

 private:
  struct Numbered {
    Point point;
    long number;  ///< from 0
  };
  struct Bucket {
    Numbered low, high;
  };
  void halve();
  std::size_t most_;
  std::vector<Bucket> buckets_;
  Numbered first_{}, last_{};
  long stride_ = 1, count_ = 0, not_positive_ = 0, not_finite_ = 0;
};

}  // namespace lemmata::scenarios
