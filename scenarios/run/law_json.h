#pragma once
#include "analysis/law_fit.h"
#include "analysis/steps_to_eps.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// A law by contract.md, "JSON of `fit`": law, floor, rate, exponent, scale, origin, interval, window (in steps),
/// points, dropped, alternatives.
/// @param origin  step at which the fitted time was 0.
Json json_from_law(const analysis::LawFit& fit, double origin);

/// The law in one line: "exponential, rate 1.23e-3 [1.2e-3, 1.3e-3] per step".
std::string law_text(const analysis::LawFit& fit);

/// The law of T(eps): law `log` with a, b of T = a + b ln(1/eps), `power` with a, p, offset t0 of T + t0 = a eps^-p
/// (what does not apply, or was not decided, is null), floor (where one is seen, eps - floor takes the place of eps),
/// interval of b or p, window in T, decades of eps used and of those that carry the law, levels used and left out,
/// reason.
Json json_from_steps_law(const analysis::StepsLaw& law);

/// The same in one line: "log, T = 12 + 45.2 ln(1/eps), b in [45.1, 45.3], over 6.5 decades".
std::string steps_law_text(const analysis::StepsLaw& law);

/// A number as text with `digits` significant digits.
std::string number_text(double value, int digits = 4);

}  // namespace lemmata::scenarios
