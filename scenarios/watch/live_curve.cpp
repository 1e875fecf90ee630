#include "scenarios/watch/live_curve.h"

#include <algorithm>
#include <cmath>

namespace lemmata::scenarios {

void LiveCurve::add(double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) {
    ++not_finite_;
    return;
  }
  if (!(y > 0)) {
    ++not_positive_;
    return;
  }
  const Numbered added{{x, y}, count_};
  if (count_ == 0) first_ = added;
  last_ = added;
  if (count_ % stride_ == 0) {  // the last bucket is full
    if (buckets_.size() == most_) halve();
    // After halving with an odd number of buckets the last one has room for as many points again.
    if (count_ % stride_ == 0) buckets_.push_back({added, added});
  }
  Bucket& bucket = buckets_.back();
  if (y < bucket.low.point.y) bucket.low = added;
  if (y > bucket.high.point.y) bucket.high = added;
  ++count_;
}

void LiveCurve::halve() {
  std::vector<Bucket> merged;
  merged.reserve(most_);
  for (std::size_t i = 0; i < buckets_.size(); i += 2) {
    merged.push_back(buckets_[i]);
    if (i + 1 == buckets_.size()) break;
    const Bucket& next = buckets_[i + 1];
    if (next.low.point.y < merged.back().low.point.y) merged.back().low = next.low;
    if (next.high.point.y > merged.back().high.point.y) merged.back().high = next.high;
  }
  buckets_ = std::move(merged);
  stride_ *= 2;
}

std::vector<LiveCurve::Point> LiveCurve::points() const {
  std::vector<Point> points;
  if (count_ == 0) return points;
  long number = -1;
  const auto append = [&](const Numbered& next) {
    if (next.number > number) points.push_back(next.point);
    number = std::max(number, next.number);
  };
  append(first_);
  for (const Bucket& bucket : buckets_) {
    append(bucket.low.number < bucket.high.number ? bucket.low : bucket.high);
    append(bucket.low.number < bucket.high.number ? bucket.high : bucket.low);
  }
  append(last_);
  return points;
}

}  // namespace lemmata::scenarios
