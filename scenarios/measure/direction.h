#pragma once
#include "scenarios/measure/oracle_expert.h"
#include "scenarios/measure/quantities.h"

// E[y df/dQ] of specialised experts, closed form against simulator (Prop. 2).
namespace lemmata::scenarios {

/// One matrix (key feature, query feature) per class.
using ClassMatrices = std::vector<Matrix>;

/// The closed form for every class, at w_n = amplitude v_n.
ClassMatrices closed_form_direction(const theory::ClassMixture& mixture, double amplitude);

/// The closed form with its term (1 - 2/L) S left out: wrong wherever there is noise.
ClassMatrices direction_without_noise_term(const theory::ClassMixture& mixture, double amplitude);

/// The closed form with each class given the label signal and distractors of the next class, its own class signal kept.
ClassMatrices direction_of_another_label(theory::ClassMixture mixture, double amplitude);

/// Largest |entry difference| over all classes, relative to the largest |entry| of the prediction.
Quantity deviation(const std::string& what, const ClassMatrices& predicted, const ClassMatrices& measured);

/// A direction as it is measured, to be kept.
struct Direction {
  ClassMatrices per_class;
};
void fields_of(Direction& direction, Fields& fields);

/// Means over independent batches, entry by entry, with their standard errors.
struct BatchMeans {
  ClassMatrices mean, standard_error;
  double largest_z(const ClassMatrices& predicted) const;  ///< NaN if an error is 0 or NaN
  double relative_error(
      const ClassMatrices& predicted) const;  ///< largest standard error over largest |entry| predicted
};

void fields_of(BatchMeans& means, Fields& fields);

/// y df/dQ averaged over `batches` draws of every tuple with `replicates` noise draws each, by the simulator.
BatchMeans sampled_direction(CheckContext& context, const OracleExperts& oracle, const sim::DataConfig& data,
                             long batches, long replicates, std::uint64_t seed);

inline constexpr double precise_error = 1e-3;   ///< bar for relative_error
inline constexpr double largest_z_allowed = 4;  ///< bar for largest_z

/// Batches against a closed form. Refuted only where the draws are precise enough; too few draws are inconclusive.
/// Checked by: tests/scenarios/verdicts_test.cpp.
Control judge_batches(const std::string& what, const BatchMeans& found, const ClassMatrices& predicted);

}  // namespace lemmata::scenarios
