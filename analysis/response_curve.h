#pragma once
#include <string>
#include <vector>

#include "analysis/statistics.h"
#include "analysis/types.h"

namespace lemmata::analysis {

/// One yes-or-no outcome at a place of the searched range, 0 its low end and 1 its high end.
struct Trial {
  double place = 0;
  bool success = false;
};

/// What is known of the place where a response passes a probability.
///   found   the whole band lies inside the range
///   above   the response stays below the probability in the whole range: the place lies above it, or nowhere
///   below   it is above the probability in the whole range
///   open    none of these is shown: the band reaches over an end of the range
enum class ContourState { found, above, below, open };
inline const std::vector<std::string> contour_state_names = {"found", "above_range", "below_range", "open"};

struct Contour {
  ContourState state = ContourState::open;
  double place = 0;  ///< median of the posterior; NaN unless found
  Interval band;     ///< credible at the confidence asked for; an end outside the range is infinite
};

/// Bayesian estimate of a rising response with a floor and a ceiling of its own,
///   P(v) = a + (1 - a - b) / (1 + exp(-(v - v0)/s)),
/// on a fixed grid of (v0, s, a, b): v0 uniform from half a range below to half a range above it, s log-uniform (from
/// 10 to 90 % within 1.3 % of the range up to twice the range), a and b mostly small, up to .15 and .45. A falling
/// response is a rising one seen from the other end.
///
/// Trials may be placed by what earlier ones showed: the likelihood is the product of P or 1 - P either way. The same
/// trials in the same order give the same bits.
/// Checked by: tests/analysis/response_curve_test.cpp (a sum over the grid by hand, coverage of the bands).
class ResponseCurve {
 public:
  ResponseCurve();

  /// @throws std::invalid_argument unless 0 <= place <= 1.
  void add(const Trial& trial);

  /// Where P passes `probability`, counted as in `ContourState`. The band has the posterior quantiles
  /// (1 -+ confidence)/2, rounded outward to the grid. @throws std::invalid_argument unless both are inside (0, 1).
  Contour contour(double probability, double confidence) const;

  /// Posterior quantile of where P passes `probability`; -+infinity outside the range.
  double contour_quantile(double probability, double quantile) const;

  /// Posterior median of P(place) and its credible interval.
  struct Band {
    double median = 0;
    Interval interval;
  };
  Band response(double place, double confidence) const;

  /// ln of the largest likelihood of all trials over the grid.
  double largest_log_likelihood() const;

 private:
  struct Shape {
    double slope, floor, ceiling, prior;  ///< s, a, 1 - b, of the prior
  };
  std::vector<double> contour_histogram(double probability) const;
  Vector logistic(double place, double slope) const;

  std::vector<Shape> shapes_;  // those that share s adjacent
  Matrix weight_;              // (v0, shape), posterior, sums to 1
  double log_evidence_ = 0;    // ln of the prior predictive probability of all trials
};

}  // namespace lemmata::analysis
