#pragma once
#include "scenarios/evidence/measurements.h"
#include "sim/train/trainer.h"

namespace lemmata::scenarios {

/// How far experts have specialised and how the gate routes, at one point of a run.
struct Specialisation {
  double least_ratio =
      0;  ///< min over classes of the best <w_i, v_n> / max_{k != n} |<w_i, v_k>| among experts that hold load
  double least_purity = 0;        ///< min over classes, noise-free routing
  double least_purity_noisy = 0;  ///< min over classes, q-mass
};

void fields_of(Specialisation& found, Fields& fields);

inline constexpr double holds_load = 0.01;  ///< share of a class's mass from which an expert counts as holding load
inline constexpr double pure_share = 0.99;  ///< share of a class's mass from which its routing counts as pure

/// Class-pure routing as claim M2 states it: every class sends at least pure_share of its mass to experts of its own,
/// by the noise-free gate AND by q. NaN (a diverged run) is not pure.
bool is_class_pure(const Specialisation& found);

/// All of it, up to the rounding of a mean (1e-9). For what is measured on an expert's frozen Hessian: however small
/// the mass of another class at an expert, it adds an eigenvalue of the order of that mass, so that lambda_min and the
/// slowest rate of the exact curve would be those of the stray mass and not those of the class.
bool is_exactly_pure(const Specialisation& found);

/// @param least_share  an expert holds load for a class if it is sent at least this share of the class's mass.
/// @throws std::invalid_argument if the data has no label signals.
/// Checked by: claims M1, M2; tests/scenarios/specialisation_test.cpp.
Specialisation specialisation(const sim::Problem& problem, const sim::Parameters& parameters,
                              const sim::Routing& routing, double least_share = holds_load);

}  // namespace lemmata::scenarios
