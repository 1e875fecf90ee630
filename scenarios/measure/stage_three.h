#pragma once
#include "analysis/law_fit.h"
#include "analysis/steps_to_eps.h"
#include "scenarios/measure/frozen_stage.h"
#include "theory/frozen_quadratic.h"

// Stage III with attention and gate frozen, squared loss: the measured excess L - L* beside the exact spectral
// prediction.
namespace lemmata::scenarios {

/// Translation of a frozen stage into the numbers that `theory` takes. Squared loss only.
theory::FrozenQuadratic spectral_modes(const FrozenStage& stage);

/// One seed's stage III by plain gradient descent on the FFN alone.
struct StageThree {
  bool exactly_pure = false;  ///< is_exactly_pure at the end of stage II; true without a gate
  double learning_rate = 0, curvature_min = 0, curvature_max = 0, floor = 0;  ///< of the modes that move; floor = L*
  long passes_per_step = 1;    ///< forward passes of one sample in a step: 1 expert of MoT (top-1), H heads of `single`
  double prediction_loss = 0;  ///< at the start of stage III
  theory::FrozenQuadratic modes;                  ///< the exact spectrum at that start
  double predicted_rate = 0;                      ///< slowest rate per step, by the spectrum
  std::vector<double> time, measured, predicted;  ///< steps since the start, excess by the simulator, excess by theory
  double least_measurable = 0;                    ///< smallest excess that can be measured (see below)
  double largest_difference = 0;                  ///< max |measured/predicted - 1| down to it
  analysis::LawFit law;                           ///< of the measured excess, down to it
  analysis::StepsToEps steps_to_eps;              ///< of the measured excess, at every step, down to it
  analysis::StepsLaw steps_law;                   ///< of these
};

/// The excess is measured as 1/2 (w - w*)^T H (w - w*), and w - w* carries rounding of about 2e-16 ||w*||. So an excess
/// E has relative error 2 x 2e-16 / sqrt(E / (lambda_max ||w*||^2)), which is 1e-6 at this share of lambda_max
/// ||w*||^2; points below are dropped and counted by the horizon they leave.
inline constexpr double measurable_excess = 2e-19;

/// Trains stages I and II of a scenario, then `steps` steps of gradient descent on the FFN with attention and gate
/// frozen.
/// @param learning_rate  eta; 0 = 1/lambda_max of the whole model (the same c = 1 for every model).
/// Checked by: claims M6, M7; tests/scenarios/stage_three_test.cpp.
StageThree stage_three(const Scenario& scenario, long seed, long steps, double learning_rate = 0);

/// What follows from the measurement: the prediction by the exact spectrum, its difference from the measured curve, and
/// the laws of both curve and T(eps). Of a run that has learning_rate, modes, time, measured, least_measurable and
/// steps_to_eps.
void judge_curve(StageThree& run);

/// The measurement alone.
void fields_of(StageThree& run, Fields& fields);

/// stage_three of every seed, kept as NAME; NAME_predicted stands beside it.
std::vector<StageThree> stages_three(CheckContext& context, Evidence& evidence, const std::string& name,
                                     const Scenario& scenario, const std::vector<long>& seeds, long steps,
                                     double learning_rate = 0);

/// NAME_predicted, L - L* by the spectrum, over NAME_seed and NAME_point.
void store_predicted(Evidence& evidence, const std::string& name, const std::vector<StageThree>& runs);

inline constexpr double spectral_tolerance = 1e-6;  ///< bar for largest_difference: the spectrum describes the run
inline constexpr double least_decades = 3;          ///< of eps; fewer are no evidence for a law of T(eps)

/// The curve of the excess: supported if exponential at the rate of the spectrum (within the fit's interval) and
/// described by it; refuted by a power or a constant.
Verdict curve_verdict(const StageThree& run);

/// T(eps) itself: supported if a + b ln(1/eps) with b one over the rate of the spectrum, refuted by a power of 1/eps;
/// inconclusive over fewer than least_decades, or above a floor, where it holds for no smaller eps.
Verdict steps_verdict(const StageThree& run);

/// Both, for claim M6: supported if every exactly pure seed supports it in curve and T(eps), refuted if one refutes it
/// in both. A seed in which the two disagree says nothing. All three are checked by: tests/scenarios/verdicts_test.cpp.
Verdict exponential_verdict(const std::vector<StageThree>& runs);

}  // namespace lemmata::scenarios
