#pragma once
#include <string>

#include "scenarios/claims/claim.h"

// A claim as a file, without C++: contract.md, "Claims of your own".
namespace lemmata::scenarios {

/// The claim that a JSON text states, ready to be checked: a scenario with differences, bounds on numbers that are
/// expressions over recorded variables, seeds, controls, the expected verdict.
///
/// A seed passes if every bound holds in it. Without `share` the claim is supported if all seeds pass; with it, if the
/// exact 95 % interval of the passing share lies above it, refuted if below. A seed with a NaN (diverged, no such law)
/// passes nothing and leaves a claim that is not refuted otherwise undecided; so does one in which a bound holds or not
/// by how rounding fell: hessian_min and hessian_max within hessian_error, expert_excess within excess_rounding.
/// @param source  names the file in errors; a `scenario` that ends in .json is looked for beside it.
/// @throws InputError: file, key, value found, what is allowed; of an expression the position too.
/// Checked by: tests/scenarios/user_claim_test.py, expression_test.cpp.
ClaimEntry user_claim(const Json& definition, const std::string& source);

/// Reads the file first.
ClaimEntry user_claim_of_file(const std::string& file);

}  // namespace lemmata::scenarios
