#pragma once
#include "analysis/law_fit.h"
#include "analysis/steps_to_eps.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// A fitted law as the report draws it over its window, with the band of its 95 % interval: {"step", "value", "lower",
/// "upper"}, packed. The band's edges are the laws with the interval's ends as rate or exponent, through the same
/// point in the middle of the window. null: neither exponential nor power.
/// @param origin  step at which the fitted time was 0.
/// Checked by: tests/scenarios/report_test.py.
Json law_curve(const analysis::LawFit& fit, double origin);

/// The same of a law of T(eps): {"eps", "value", "lower", "upper"}, with T as the value. null: inconclusive.
Json steps_law_curve(const analysis::StepsLaw& law);

}  // namespace lemmata::scenarios
