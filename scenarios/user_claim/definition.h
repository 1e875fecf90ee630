#pragma once
#include <string>
#include <vector>

#include "scenarios/claims/claim.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/user_claim/expression.h"

namespace lemmata::scenarios {

/// One bound: `measured` against `predicted`, apart by at most `tolerance` as the criterion says.
struct UserBound {
  std::string what, reason;
  Expression measured, predicted, tolerance;
  Criterion criterion;
};

/// The same run with one hypothesis broken (negative) or made true by construction (positive).
struct UserControl {
  std::string what;
  bool negative;
  Scenario scenario;
};

/// A claim file, read and checked: every name in an expression is one that its scenarios record.
struct UserDefinition {
  std::string id, statement, source;
  std::vector<std::string> assumptions;
  Scenario scenario;
  std::vector<long> seeds;
  std::vector<UserBound> bounds;
  double share = 0;  ///< 0 = every seed
  Verdict expected = Verdict::supported;
  std::string cost;
  std::vector<UserControl> controls;
};

/// @throws InputError. @param source  of the JSON, for errors and for files beside it.
UserDefinition user_definition(const Json& json, const std::string& source);

}  // namespace lemmata::scenarios
