#pragma once
#include <span>
#include <vector>

#include "analysis/response_curve.h"

namespace lemmata::analysis {

/// A search for the places where a response passes some probabilities.
struct SearchRule {
  std::vector<double> probabilities = {0.5, 0.9};
  double stop_width = 0.04;  ///< a band narrower than this, in the range's unit, is narrow enough
  long most_trials = 160;    ///< at most so many
};

inline constexpr long batch_trials = 8;      ///< placed at once
inline constexpr long spread_at_first = 32;  ///< so many are spread before the first is placed by the posterior
inline constexpr long least_trials = 40;     ///< no search ends before
inline constexpr double band_confidence = 0.95;

/// The places of the next batch; empty: the search has ended, because every place sought has a band narrow enough or
/// is shown to lie outside the range, or because the trials are spent.
///
/// Three in eight of a batch (and all of the first 32) are spread evenly over the whole range, ends included: that is
/// where a response that is not monotone shows. The others stand at posterior quantiles of the places still sought. So
/// a batch depends on the trials before it alone.
/// @param curve  the posterior of all trials so far, `trials` of them, a multiple of batch_trials.
/// Checked by: tests/analysis/boundary_search_test.cpp (coverage and false alarms over synthetic rows).
std::vector<double> next_batch(const ResponseCurve& curve, long trials, const SearchRule& rule);

/// Whether the trials contradict what the contours rest on, each with probability at most shape_error where it holds:
///   rising      neither is contradicted
///   not_rising  no response that never falls explains them
///   other_form  a rising one may, but not of the form that ResponseCurve has
enum class ResponseShape { rising, not_rising, other_form };
inline constexpr double shape_error = 0.05;
ResponseShape response_shape(const ResponseCurve& curve, std::span<const Trial> trials);

}  // namespace lemmata::analysis
