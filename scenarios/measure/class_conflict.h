#pragma once
#include <string>
#include <vector>

#include "analysis/conflict.h"
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {

/// Conflict between the classes in one block of a whole model: slices of all experts under one another.
struct ClassConflict {
  analysis::Conflict all;    ///< over the parameters of every expert: disjoint experts count as orthogonal
  analysis::Conflict mixed;  ///< over experts that serve more than one class; no classes left if there are none
  double one_class_load =
      0;  ///< share of the routed mass at experts that serve one class only, whose conflict is nil by construction
};

/// An expert serves one class if at least this share of its load comes from one class.
inline constexpr double one_class_share = 0.99;

/// Class gradients G_n of the training loss without L2, each with its class's share, under the given routing.
/// @param block  ffn | attention; the slices of a `single` model's heads are one expert's.
/// Checked by: tests/scenarios/claims45_test.cpp.
ClassConflict class_conflict(sim::Problem& problem, const sim::Parameters& parameters, const sim::Routing& routing,
                             const std::string& block);

/// The conflict in the FFN at one level of the prediction loss.
struct ConflictAtLevel {
  double level = 0;
  long step = -1;  ///< first step with prediction loss <= level; -1 = not reached
  double prediction_loss = 0;
  ClassConflict ffn;
};

void fields_of(ConflictAtLevel& point, Fields& fields);

/// Trains until the prediction loss has fallen to every level (descending) or the schedule ends.
std::vector<ConflictAtLevel> conflict_at_levels(const sim::Experiment& experiment, const std::vector<double>& levels);

/// Samples to experts by `assignment` (sample) at every step, whatever their class: routing `sampled` with one recorded
/// draw, nu for the assigned expert and 0 for the others, and a gate that stays at 0.
/// @param experiment  a gated model whose stages do not train the gate (three_stage_assigned).
/// @throws std::invalid_argument on a wrong length or an expert that does not exist.
sim::Experiment with_assignment(sim::Experiment experiment, const std::vector<Index>& assignment);

/// mot/three_stage with `experts` experts and the gate left at 0, for with_assignment; replicates = copies of every
/// tuple (s = 0).
Scenario three_stage_assigned(long experts, long replicates);

/// A permutation of equal loads, from the seed, blind to class: sample -> expert.
std::vector<Index> random_partition(Index samples, Index experts, std::uint64_t seed);

/// Sample -> its class; with stray_every = n > 0 every n-th sample, from the first, to the next class instead.
std::vector<Index> oracle_partition(const sim::Dataset& data, long stray_every = 0);

}  // namespace lemmata::scenarios
