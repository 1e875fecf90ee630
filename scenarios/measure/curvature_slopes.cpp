#include "scenarios/measure/curvature_slopes.h"

#include <cmath>

#include "scenarios/measure/curvature_along.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t least_slopes = 3;  // fewer have no interval worth the name

}  // namespace

CurvatureSlopes curvature_slopes(CheckContext& context, const std::string& name, const Scenario& scenario,
                                 const std::vector<long>& seeds) {
  CurvatureSlopes found;
  const auto curves = measured(context, name, seeds, [&](long seed) { return curvature_along(scenario, seed); });
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const double slope = curvature_slope(curves[i]);
    if (!curves[i].exactly_pure || std::isnan(slope)) continue;
    found.slope.push_back(slope);
    const CurvaturePoint& last = *last_defined(curves[i]);  // there is one: a slope takes two
    found.ratio.push_back(last.ratio);
    found.last_loss.push_back(last.loss);
    found.fall.push_back(std::log10(curves[i].points.front().loss / last.loss));
    found.seeds.push_back(seeds[i]);
  }
  return found;
}

Verdict constant_curvature_verdict(const CurvatureSlopes& found) {
  if (found.slope.size() < least_slopes) return Verdict::inconclusive;
  const analysis::Interval interval = analysis::mean_interval(found.slope, 0.95);
  return interval.upper < 0.5 ? Verdict::supported : interval.lower > 0.5 ? Verdict::refuted : Verdict::inconclusive;
}

Quantity slope_quantity(const std::string& who, const CurvatureSlopes& found, double predicted, double tolerance,
                        const std::string& reason) {
  return {who + ": slope of ln lambda_min against ln L along stage III, mean over " +
              std::to_string(found.slope.size()) + " pure seeds",
          predicted, found.slope.empty() ? std::nan("") : analysis::mean(found.slope), tolerance, reason};
}

Quantity constancy_quantity(const std::string& who, const CurvatureSlopes& found) {
  if (found.slope.size() < least_slopes)
    return {who + ": pure seeds with a slope", least_slopes,       static_cast<double>(found.slope.size()), 0,
            "fewer have no interval",          Criterion::at_least};
  const analysis::Interval interval = analysis::mean_interval(found.slope, 0.95);
  return {who + ": slope of ln lambda_min against ln L along stage III, less than",
          0.5,
          analysis::mean(found.slope),
          (interval.upper - interval.lower) / 2,
          "half width of the 95 % t interval over " + std::to_string(found.slope.size()) +
              " pure seeds; 0 = a constant, 1 = in proportion to L",
          Criterion::at_most};
}

}  // namespace lemmata::scenarios
