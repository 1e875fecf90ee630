#pragma once
#include "scenarios/evidence/measurements.h"
#include "sim/corpus/class_sequences.h"

// Table 1: a transformer that learns to tell class sequences, and how its hidden units match the latents behind them.
namespace lemmata::scenarios {

/// Data, model and training. Adam on every block but the positions, which are zero and held: the authors' network has
/// none. The class is predicted at the last position of its sequence.
struct AlignmentTask {
  sim::ClassSequencesConfig data;
  long layers = 3, dimension = 64, steps = 300;
  double learning_rate = 1e-3;
};

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

/// Checked by: claim J19 and its controls.
AlignmentRun alignment_run(const AlignmentTask& task, long seed);

}  // namespace lemmata::scenarios
