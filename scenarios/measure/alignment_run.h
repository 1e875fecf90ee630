#pragma once
#include "scenarios/configuration/scenario.h"
#include "scenarios/evidence/measurements.h"

// Table 1: a transformer that learns to tell class sequences, and how its hidden units match the latents behind them.
namespace lemmata::scenarios {

/// Scores (analysis/latent_alignment.h) of layer 0 with the latents just above the tokens, of layer 1 with those above
/// them.
struct Scores {
  double low = 0, high = 0;
};

/// One network of one seed.
struct AlignmentRun {
  Scores before_largest, after_largest;    ///< a unit's largest value over positions; before and after training
  Scores before_last, after_last;          ///< a unit's value at the last position
  Scores before_shuffled, after_shuffled;  ///< largest, against the latents of other classes: nothing to be learnt
  Scores after_planted;                    ///< largest, with each latent of level 1 among the units of layer 1
  double loss_before = 0, loss_after = 0, distinct = 0;  ///< nat; different sequences
};
void fields_of(AlignmentRun& run, Fields& fields);

/// @param scenario  joma/latent_alignment, or one that differs from it in numbers: a transformer with latents and at
/// least two layers, trained in one stage.
/// Checked by: claim J19 and its controls.
AlignmentRun alignment_run(const Scenario& scenario, long seed);

}  // namespace lemmata::scenarios
