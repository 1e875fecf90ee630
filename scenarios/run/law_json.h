#pragma once
#include "analysis/law_fit.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// A law by contract.md, `fit --json`: law, floor, rate, exponent, interval, window (in steps), points, dropped,
/// alternatives.
/// @param origin  step at which the fitted time was 0.
Json json_from_law(const analysis::LawFit& fit, double origin);

/// The law in one line: "exponential, rate 1.23e-3 [1.2e-3, 1.3e-3] per step".
std::string law_text(const analysis::LawFit& fit);

/// A number as text with `digits` significant digits.
std::string number_text(double value, int digits = 4);

}  // namespace lemmata::scenarios
