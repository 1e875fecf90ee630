#pragma once
#include "analysis/law_fit.h"
#include "analysis/steps_to_eps.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {

/// A claim about the law of a model's loss in its last stage.
struct LawClaim {
  analysis::Law law = analysis::Law::exponential;
  std::string model;                               ///< for the words of the evidence
  double exponent_low = 0.9, exponent_high = 1.1;  ///< power: the exponent's whole interval must lie between
};

/// Law of the prediction loss in the last stage of one seed; also whether its routing ended class-pure (true without a
/// gate).
struct SeedLaw {
  long seed = 0;
  analysis::LawFit law;
  analysis::StepsToEps steps_to_eps;  ///< of the same loss, followed at every step, counted from the stage's start
  analysis::StepsLaw steps_law;
  std::vector<double> time, loss;  ///< the curve that was fitted
  bool class_pure = true;
  double first_loss = 0, last_loss = 0;
};
SeedLaw loss_law(const Scenario& scenario, long seed);

/// The measurement alone: time, loss, steps_to_eps and class_pure.
void fields_of(SeedLaw& seed, Fields& fields);

/// Two curves of 20,000 steps that follow the claimed law by formula, fitted like those of seeds: 1/(t + 5) for a
/// power, exp(-t/1000) else, and the same at half the speed.
std::vector<SeedLaw> planted_laws(const LawClaim& claim);

/// Refuted: some scored seed has another law (or exponent), with evidence. Supported: none has, and at least half of
/// the scored seeds, and two, have the claimed one; a seed whose law is inconclusive (a late plateau, say) is no
/// evidence either way and is listed. Else inconclusive. Checked by: tests/scenarios/loss_law_test.cpp.
Verdict verdict_of(const std::vector<SeedLaw>& seeds, const LawClaim& claim);

/// The same seeds with the law of T(eps) in place of the curve's: log counts as exponential, p of T(eps) as the
/// exponent, and fewer than 3 decades of eps, or a floor, as inconclusive; so verdict_of judges both by one rule.
std::vector<SeedLaw> by_steps(std::vector<SeedLaw> seeds);

/// The numbers that verdict_of looks at: seeds that contradict the claim and seeds that follow it; `supported` exactly
/// if both hold.
/// @param of  what the law is of, for the words.
std::vector<Quantity> judged_seeds(const std::vector<SeedLaw>& seeds, const LawClaim& claim, const std::string& of);

/// The verdict on which the curve's law and that of T(eps) agree; else inconclusive.
Verdict agreed(Verdict curve, Verdict steps);

/// What is run for a claim about a law.
struct LawRuns {
  std::string scenario, control;       ///< shipped scenarios; the control's law must not be the claimed one
  std::vector<Override> changes = {};  ///< to `scenario`
  long first_seed = 0, seeds = 10;
};

/// Fills `evidence` with the laws of a scenario's seeds, and of a control scenario that must not be supported.
void check_loss_law(CheckContext& context, Evidence& evidence, const LawClaim& claim, const LawRuns& runs);

}  // namespace lemmata::scenarios
