#pragma once
#include "scenarios/measure/stage_three.h"

// Does the excess of a frozen stage III follow the power law of claim M7, L - L* ~ (t + t0)^-1, so T(eps) ~ 1/eps?
namespace lemmata::scenarios {

inline constexpr double power_exponent = 1, exponent_tolerance = 0.1;  ///< the bar: the exponent within [0.9, 1.1]

/// p of T(eps) ~ eps^-p from the exact spectrum, over three decades of eps that lie three decades below the start E_0:
///
///   p = log10(T(1e-6 E_0) / T(1e-3 E_0)) / 3,   T(eps) = first step at which gradient descent's excess is <= eps.
/// About 1 for (t + t0)^-1; log10(2)/3 = .1 for one exponential; more than 1 where a wide spectrum stalls.
/// @return infinite if 1e-6 E_0 is not reached in 1e15 steps; NaN without an excess.
/// Checked by: tests/scenarios/stage_three_test.cpp.
double exact_exponent(const theory::FrozenQuadratic& modes, double learning_rate);

/// One run. The spectrum must describe it (largest_difference < 1e-6), else inconclusive. Supported: p by the spectrum,
/// the fitted exponent of the measured curve and the fitted p of its T(eps) (three decades or more) all within the bar.
/// Refuted: p by the spectrum outside, and no fit within. Inconclusive: spectrum and fits disagree. Checked by:
/// tests/scenarios/stage_three_test.cpp; claim M7 on a planted power.
Verdict power_verdict(const StageThree& run);

/// Supported if every run is, refuted if one is.
Verdict power_verdict(const std::vector<StageThree>& runs);

/// What power_verdict looks at, each at the run farthest from the claim; `supported` exactly if all hold.
std::vector<Quantity> power_quantities(const std::string& who, const std::vector<StageThree>& runs);

/// A run whose excess IS 1/(t + 5), to 1 part in 1e4: gradient descent, iterated, on a spectrum of 160 modes that sums
/// up to it.
StageThree planted_power(long steps);

}  // namespace lemmata::scenarios
