#pragma once
#include "scenarios/claims/claim.h"

namespace lemmata::scenarios {

/// Supported if every quantity lies within its tolerance, else (NaN included) refuted; inconclusive if there is none.
Verdict verdict_within(const std::vector<Quantity>& quantities);

/// A number as sentences show it, four significant digits.
std::string in_words(double value);

}  // namespace lemmata::scenarios
