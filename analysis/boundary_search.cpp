#include "analysis/boundary_search.h"

#include <algorithm>
#include <cmath>

#include "analysis/monotone_response.h"

namespace lemmata::analysis {
namespace {

static_assert(spread_at_first % batch_trials == 0);
constexpr long spread_of_batch = 3 * batch_trials / 8;

// 0, 1, 1/2, 1/4, 3/4, 1/8, ...: the ends, then every bit-reversed fraction.
double spread_place(long number) {
  if (number < 2) return static_cast<double>(number);
  double place = 0, digit = 0.5;
  for (long n = number - 1; n > 0; n /= 2, digit /= 2) place += digit * static_cast<double>(n % 2);
  return place;
}

bool is_settled(const Contour& contour, double stop_width) {
  if (contour.state == ContourState::found) return contour.band.upper - contour.band.lower <= stop_width;
  return contour.state != ContourState::open;
}

std::vector<double> unsettled(const ResponseCurve& curve, const SearchRule& rule) {
  std::vector<double> list;
  for (const double probability : rule.probabilities) {
    if (!is_settled(curve.contour(probability, band_confidence), rule.stop_width)) list.push_back(probability);
  }
  return list;
}

}  // namespace

std::vector<double> next_batch(const ResponseCurve& curve, long trials, const SearchRule& rule) {
  const std::vector<double> wanted = unsettled(curve, rule);
  const long room = std::min(batch_trials, rule.most_trials - trials);
  if (room <= 0 || (wanted.empty() && trials >= least_trials)) return {};
  const bool all_spread = trials < spread_at_first || wanted.empty();
  const long spread = std::min(room, all_spread ? batch_trials : spread_of_batch), sought = room - spread;
  const long later_batches = std::max(0L, trials - spread_at_first) / batch_trials;
  const long before = std::min(trials, spread_at_first) + spread_of_batch * later_batches;
  std::vector<double> places;
  for (long i = 0; i < spread; ++i) places.push_back(spread_place(before + i));
  const auto kinds = static_cast<long>(wanted.size());
  for (long i = 0; i < sought; ++i) {
    const long kind = i % kinds, before_it = i / kinds, of_kind = (sought - kind + kinds - 1) / kinds;
    const double quantile = (static_cast<double>(before_it) + 0.5) / static_cast<double>(of_kind);
    places.push_back(std::clamp(curve.contour_quantile(wanted[static_cast<std::size_t>(kind)], quantile), 0.0, 1.0));
  }
  return places;
}

ResponseShape response_shape(const ResponseCurve& curve, std::span<const Trial> trials) {
  const double shapeless = shapeless_log_likelihood(trials), needed = evidence_needed(shape_error);
  if (shapeless - rising_log_likelihood(trials) >= needed) return ResponseShape::not_rising;
  return shapeless - curve.largest_log_likelihood() >= needed ? ResponseShape::other_form : ResponseShape::rising;
}

}  // namespace lemmata::analysis
