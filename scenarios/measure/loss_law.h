#pragma once
#include "analysis/law_fit.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {

/// A claim about the law of a model's loss in its last stage.
struct LawClaim {
  analysis::Law law = analysis::Law::exponential;
  std::string model;              ///< for the words of the evidence
  double exponent_low = 0.9, exponent_high = 1.1;   ///< power: the exponent's whole interval must lie between
};

/// Law of the prediction loss in the last stage of one seed; also whether its routing ended class-pure (true without a gate).
struct SeedLaw {
  analysis::LawFit law;
  bool is_pure = true;
  double first_loss = 0, last_loss = 0;
  std::string stop_reason;
};
SeedLaw loss_law(const Scenario& scenario, long seed);

/// Refuted: some scored seed has another law (or exponent), with evidence. Supported: none has, and at least half of the scored
/// seeds, and two, have the claimed one; a seed whose law is inconclusive (a late plateau, say) is no evidence either way and
/// is listed. Else inconclusive.
Verdict verdict_of(const std::vector<SeedLaw>& seeds, const LawClaim& claim);

/// Fills `evidence` with the laws of a scenario's seeds, and of a control scenario that must not be supported.
void check_loss_law(CheckContext& context, Evidence& evidence, const LawClaim& claim, const std::string& scenario, const std::string& control);

}  // namespace lemmata::scenarios
