#pragma once
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {

/// Where one run has come to rest.
struct TrainedFloor {
  bool completed = false;        ///< not diverged
  bool pure = false;             ///< purity >= 0.99 for every class, noisy and noise-free, on the training data at the end
  double heldout_loss = 0, heldout_error = 0;   ///< of the noise-free argmax expert, on the run's held-out set
  double training_loss = 0;      ///< q-weighted, in sample
  double optimum = 0;            ///< its infimum over all w with attention and routing frozen: the floor in sample
};

/// Trains one seed and measures it at its end. @throws std::invalid_argument without held-out data or label signals.
TrainedFloor trained_floor(const Scenario& scenario, long seed);

}  // namespace lemmata::scenarios
