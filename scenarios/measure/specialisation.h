#pragma once
#include "sim/train/trainer.h"

namespace lemmata::scenarios {

/// How far experts have specialised and how the gate routes, at one point of a run.
struct Specialisation {
  double least_ratio =
      0;  ///< min over classes of the best <w_i, v_n> / max_{k != n} |<w_i, v_k>| among experts that hold load
  double least_purity = 0;     ///< min over classes, noise-free routing
  double least_purity_noisy = 0;   ///< min over classes, q-mass
};

/// @param least_share  an expert holds load for a class if it is sent at least this share of the class's mass.
/// @throws std::invalid_argument if the data has no label signals.
/// Checked by: claims M1, M2; tests/scenarios/specialisation_test.cpp.
Specialisation specialisation(const sim::Problem& problem, const sim::Parameters& parameters,
                              const sim::Routing& routing, double least_share);

}  // namespace lemmata::scenarios
