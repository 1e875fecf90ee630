#pragma once
#include <string>
#include <vector>

#include "scenarios/measure/seeds.h"

// Does a constant of strong convexity hold along stage III, whatever the loss has fallen to (claim M5)?
namespace lemmata::scenarios {

/// Of the seeds whose routing ends exactly pure.
struct CurvatureSlopes {
  std::vector<double> slope;      ///< d ln lambda_min / d ln L along the last stage
  std::vector<double> ratio;      ///< lambda_min / L of the worst expert at the end
  std::vector<double> last_loss;  ///< largest loss of an expert, per unit load, at the end
  std::vector<double> fall;       ///< decades by which that fell
  std::vector<long> seeds;
};
/// @param name  of the arrays kept.
CurvatureSlopes curvature_slopes(CheckContext& context, const std::string& name, const Scenario& scenario,
                                 const std::vector<long>& seeds);

/// A constant that holds along the whole stage is slope 0, one that shrinks in proportion to the loss slope 1: halfway
/// decides, by the 95 % t interval of the mean over three seeds or more. Checked by: tests/scenarios/claims45_test.cpp.
Verdict constant_curvature_verdict(const CurvatureSlopes& found);

/// What that looks at.
Quantity constancy_quantity(const std::string& who, const CurvatureSlopes& found);

/// The mean slope against a prediction.
Quantity slope_quantity(const std::string& who, const CurvatureSlopes& found, double predicted, double tolerance,
                        const std::string& reason);

}  // namespace lemmata::scenarios
