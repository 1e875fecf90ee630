#pragma once
#include <span>
#include <string>

#include "scenarios/claims/claim.h"

namespace lemmata::scenarios {

/// JUnit XML: one test case per (claim, setting). Not as expected = failure, unexpectedly inconclusive = skipped with
/// its reason.
std::string junit_xml(std::span<const Evidence> evidence);

}  // namespace lemmata::scenarios
