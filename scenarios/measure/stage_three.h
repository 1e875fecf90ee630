#pragma once
#include "analysis/law_fit.h"
#include "scenarios/measure/frozen_stage.h"
#include "theory/frozen_quadratic.h"

// Stage III with attention and gate frozen, squared loss: the measured excess L - L* beside the exact spectral prediction.
namespace lemmata::scenarios {

/// Translation of a frozen stage into the numbers that `theory` takes. Squared loss only.
theory::FrozenQuadratic spectral_modes(const FrozenStage& stage);

/// One seed's stage III by plain gradient descent on the FFN alone.
struct StageThree {
  bool is_pure = false;                 ///< routing class-pure at the end of stage II
  double learning_rate = 0, curvature_min = 0, curvature_max = 0, floor = 0;   ///< of the modes that move; floor = L*
  double prediction_loss = 0;           ///< at the start of stage III
  double predicted_rate = 0;            ///< slowest rate per step, by the spectrum
  std::vector<double> time, measured, predicted;   ///< steps since the start, excess by the simulator, excess by theory
  double largest_difference = 0;        ///< max |measured/predicted - 1| where the excess can be measured (see below)
  analysis::LawFit law;                 ///< of the measured excess, where it can be measured
};

/// The excess is measured as 1/2 (w - w*)^T H (w - w*), and w - w* carries rounding of about 2e-16 ||w*||. So an excess E has
/// relative error 2 x 2e-16 / sqrt(E / (lambda_max ||w*||^2)), which is 1e-6 at this share of lambda_max ||w*||^2; points
/// below are dropped and counted by the horizon they leave.
inline constexpr double measurable_excess = 2e-19;

/// Trains stages I and II of a scenario, then `steps` steps of gradient descent on the FFN with attention and gate frozen.
/// @param learning_rate  eta; 0 = 1/lambda_max of the whole model (the same c = 1 for every model).
/// Checked by: claims M6, M7; tests/scenarios/stage_three_test.cpp.
StageThree stage_three(const Scenario& scenario, long seed, long steps, double learning_rate = 0);


}  // namespace lemmata::scenarios
