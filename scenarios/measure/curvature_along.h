#pragma once
#include <vector>

#include "scenarios/measure/frozen_stage.h"

namespace lemmata::scenarios {

/// Curvature and loss of the experts' own subtasks at one step of the last stage.
struct CurvaturePoint {
  long stage_step = 0;
  double loss = 0;           ///< largest over experts of the q-weighted loss per unit load; NaN if one is
  double curvature_min = 0;  ///< smallest over experts of lambda_min on V_i per unit load
  double curvature_max = 0;  ///< largest over experts of lambda_max on V_i per unit load
  double ratio = 0;          ///< smallest over experts of lambda_min / loss, each of one expert
  bool defined = false;      ///< false where routed mass leaks, a lambda_min is within its rounding, or a loss below
                             ///< the normal numbers
};

/// The curvature of every expert that holds load, at one state of a run.
/// @param loss  its kind.
/// @throws std::invalid_argument if the form is not linear in the FFN.
CurvaturePoint curvature_point(const sim::Problem& problem, const sim::Parameters& parameters,
                               const sim::Routing& routing, const std::string& loss);

/// The last stage of a run at stage steps round(10^(k / per_decade)) and both ends.
struct CurvatureCurve {
  std::vector<CurvaturePoint> points;
  bool exactly_pure = false;  ///< is_exactly_pure at the end
};

void fields_of(CurvatureCurve& curve, Fields& fields);

/// Trains one seed and measures along its last stage.
/// @throws std::invalid_argument if the form is not linear in the FFN.
/// Checked by: claim M5 (squared loss: constant curvature).
CurvatureCurve curvature_along(const Scenario& scenario, long seed, long per_decade = 10);

/// The last point that is defined; null if none is.
const CurvaturePoint* last_defined(const CurvatureCurve& curve);

/// Least-squares slope of ln curvature_min against ln loss over the defined points; NaN with fewer than two.
double curvature_slope(const CurvatureCurve& curve);

}  // namespace lemmata::scenarios
