#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/law_fit.h"
#include "analysis/steps_to_eps.h"
#include "scenarios/map/plan.h"
#include "scenarios/measure/frozen_stage.h"

namespace lemmata::scenarios {

/// Which law a gap follows, by the curve and by its T(eps) together: the two must agree, or nothing is said.
///   log       the gap falls exponentially to 0: T(eps) = a + b ln(1/eps)
///   power     T(eps) + t0 = a eps^-p
///   floor     it levels off above 0, so no smaller eps is reached
///   exact     it is 0 itself after finitely many steps (squared hinge: every margin >= 1), so T(eps) is bounded
///   unclear   none is shown: also where fewer than 3 decades of eps were followed, and where nothing has moved
enum class GapLaw { log, power, floor, exact, unclear };
inline const std::vector<std::string> gap_law_names = {"log", "power", "floor", "exact", "unclear"};

/// One gap of one run: the prediction loss itself (gap to 0), or the objective's excess over its own infimum L*.
struct Gap {
  GapLaw law = GapLaw::unclear;
  double level = 0;  ///< law floor: where it levels off
  analysis::LawFit curve;
  analysis::StepsToEps steps_to_eps;
  analysis::StepsLaw steps_law;
};

/// The rule of `GapLaw` but `exact`. A curve within a tenth of its known limit is at its floor, whatever its law. A
/// constant one that fell by a tenth before is, too; else it may be a rate too small to see.
/// @param fallen   last value / first value.
/// @param limit   what it must tend to / last value; NaN where it is not known.
/// Checked by: tests/scenarios/law_map_test.cpp.
GapLaw gap_law(const analysis::LawFit& curve, const analysis::StepsLaw& steps, double fallen, double limit);

inline constexpr long map_records_per_decade = 60;  ///< of steps of the last stage

/// What one run of one regime shows. Numbers that are not defined are NaN.
struct CellRun {
  long seed = 0;
  std::string stop_reason;
  long steps = 0;  ///< of the last stage
  double learning_rate = 0;
  long passes_per_step = 1;  ///< forward passes of one sample in a step: heads of the one expert it goes to
  bool pure = true;  ///< routing class-pure when the last stage began (joint: when it ended); true without a gate
  double floor = 0;  ///< L* with attention and gate frozen
  double limit = 0;  ///< the prediction loss where the objective is L*; NaN if not defined
  double curvature_min = 0,
         curvature_max = 0;  ///< of the frozen Hessian at the start: on V_i per unit load; whole model
  Gap to_zero, to_floor;     ///< to_floor: only where the FFN alone is trained and f is linear in it
  std::vector<long> step;    ///< of the last stage, log-spaced
  std::vector<double> prediction_loss, excess;
  std::vector<double> predicted_excess;  ///< by the exact spectrum: squared loss, gd, frozen; else NaN
  std::vector<double> lambda_min, lambda_ratio, lambda_over_loss;  ///< along the way, every tenth record; else NaN
};

/// What the runs that differ in the last stage only have in common: the model after the stages before it.
struct MapPrefix {
  FinalState start;
  std::optional<FrozenStage> frozen;            ///< where f is linear in the FFN
  double curvature_max = 0, gradient_norm = 0;  ///< lambda_max of the frozen Hessian with L2; largest expert's ||g||
  double objective = 0;
};

/// Trains the stages before the last one of a frozen cell. Where they do not complete, nothing is measured.
MapPrefix map_prefix(const LawMapPlan& plan, const MapCell& cell, long seed);

/// Learning rate of the last stage of a frozen cell: by StepRule::lambda_max its first step is as long as that of
/// gradient descent at c/lambda_max, with one c for every model and optimiser.
///   gd, momentum c/lambda_max;  gd_over_loss c L/lambda_max;  normalized_gd c g/lambda_max;  adam c g/(lambda_max
///   sqrt(d)),
/// g the largest ||g_i|| over experts. `own`: c for gd_inverse_smoothness, the plan's rate for newton.
/// Where the loss is flat (squared hinge at 0: no gradient, no curvature) nothing moves at any rate: the plan's.
double learning_rate_of(const LawMapPlan& plan, const MapCell& cell, const MapPrefix& prefix);

/// Runs the last stage of a frozen cell, or the one stage of a joint cell (prefix unused).
/// @param proceed  asked at every step; false interrupts, and the result is then not to be used.
CellRun run_cell(const LawMapPlan& plan, const MapCell& cell, long seed, const MapPrefix* prefix,
                 const std::function<bool()>& proceed);

}  // namespace lemmata::scenarios
