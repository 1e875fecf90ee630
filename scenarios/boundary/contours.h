#pragma once
#include <span>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "scenarios/boundary/boundary_run.h"
#include "sim/parallel.h"

namespace lemmata::scenarios {

/// What is known of one contour, in words and as codes of the file.
///   found                     the contour lies inside the range, and its band with it
///   above_range, below_range  the probability is passed above or below the range, or nowhere on that side
///   open                      neither is shown: the band reaches over an end of the range
///   not_monotone              the outcomes contradict a response that goes one way, as the plan says it does
///   other_form                they contradict the form of the response curve; the bands would mean nothing
enum class ContourFinding { found, above_range, below_range, open, not_monotone, other_form };
inline const std::vector<std::string> finding_names = {"found", "above_range",  "below_range",
                                                       "open",  "not_monotone", "other_form"};

/// Where P(outcome) = probability, in values of the searched setting.
struct ValueContour {
  ContourFinding finding = ContourFinding::open;
  double value = 0;             ///< posterior median; NaN unless found
  double lower = 0, upper = 0;  ///< 95 % credible; found, and open at the end that lies inside; else NaN
};

/// One outcome in one row.
struct RowOutcome {
  std::vector<ValueContour> contours;                            ///< by probability of the plan
  std::vector<double> response, response_lower, response_upper;  ///< P at curve_values(plan), 95 % credible
};

/// The values at which responses are stored: 41, evenly spaced on the plan's scale.
std::vector<double> curve_values(const BoundaryPlan& plan);

/// result[row][outcome], every outcome by the same estimate from the same runs, in the order of their numbers. The
/// direction that the plan states is assumed of every outcome, and tested.
/// Checked by: tests/scenarios/boundary_test.cpp.
std::vector<std::vector<RowOutcome>> row_outcomes(const BoundaryPlan& plan, std::span<const BoundaryRun> runs,
                                                  sim::ThreadTeam& team);

}  // namespace lemmata::scenarios
