#include "scenarios/boundary/contours.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr long curve_points = 41;

// Values between whole numbers too: a contour is a real number.
double exact_value(const BoundaryAxis& axis, double place) {
  BoundaryAxis real = axis;
  real.integer = false;
  return value_at(real, place);
}

// Places count from the end where the outcome is rare, values from below.
ValueContour in_values(const BoundaryAxis& axis, const analysis::Contour& found) {
  using State = analysis::ContourState;
  const bool above = found.state == (axis.rising ? State::above : State::below);
  ValueContour contour{ContourFinding::open, nan, nan, nan};
  if (found.state == State::above || found.state == State::below) {
    contour.finding = above ? ContourFinding::above_range : ContourFinding::below_range;
    return contour;
  }
  const auto end = [&](double place) { return std::isfinite(place) ? exact_value(axis, place) : nan; };
  contour.lower = end(axis.rising ? found.band.lower : found.band.upper);
  contour.upper = end(axis.rising ? found.band.upper : found.band.lower);
  if (found.state != State::found) return contour;
  contour.finding = ContourFinding::found;
  contour.value = exact_value(axis, found.place);
  return contour;
}

RowOutcome row_outcome(const BoundaryPlan& plan, std::span<const BoundaryRun* const> runs, std::size_t outcome) {
  analysis::ResponseCurve curve;
  std::vector<analysis::Trial> trials;
  for (const BoundaryRun* run : runs) {
    trials.push_back({place_of(plan.search, run->value), run->held(outcome)});
    curve.add(trials.back());
  }
  const analysis::ResponseShape shape = analysis::response_shape(curve, trials);
  RowOutcome found;
  for (const double probability : plan.rule.probabilities) {
    found.contours.push_back(in_values(plan.search, curve.contour(probability, analysis::band_confidence)));
    if (shape == analysis::ResponseShape::rising) continue;
    const bool monotone = shape == analysis::ResponseShape::other_form;
    found.contours.back() = {monotone ? ContourFinding::other_form : ContourFinding::not_monotone, nan, nan, nan};
  }
  for (const double value : curve_values(plan)) {
    const auto band = curve.response(place_of(plan.search, value), analysis::band_confidence);
    found.response.push_back(band.median);
    found.response_lower.push_back(band.interval.lower);
    found.response_upper.push_back(band.interval.upper);
  }
  return found;
}

}  // namespace

std::vector<double> curve_values(const BoundaryPlan& plan) {
  std::vector<double> values;
  for (long i = 0; i < curve_points; ++i)
    values.push_back(exact_value(plan.search, static_cast<double>(i) / (curve_points - 1)));
  if (!plan.search.rising) std::reverse(values.begin(), values.end());
  return values;
}

std::vector<std::vector<RowOutcome>> row_outcomes(const BoundaryPlan& plan, std::span<const BoundaryRun> runs,
                                                  sim::ThreadTeam& team) {
  std::vector<std::vector<const BoundaryRun*>> of_row(plan.rows.values.size());
  for (const BoundaryRun& run : runs) of_row.at(static_cast<std::size_t>(run.row)).push_back(&run);
  const std::size_t outcomes = outcome_names.size();
  std::vector<std::vector<RowOutcome>> found(of_row.size(), std::vector<RowOutcome>(outcomes));
  team.run(static_cast<long>(of_row.size() * outcomes), [&](long task, int) {
    const std::size_t row = static_cast<std::size_t>(task) / outcomes,
                      outcome = static_cast<std::size_t>(task) % outcomes;
    found[row][outcome] = row_outcome(plan, of_row[row], outcome);
  });
  return found;
}

}  // namespace lemmata::scenarios
