#pragma once
#include <vector>

#include "scenarios/measure/seeds.h"

// How long stages I and II should be: runs of one seed that differ in the length of one stage, at one budget.
namespace lemmata::scenarios {

/// One seed's runs, one per length.
struct StageSweep {
  std::vector<double> length;  ///< steps of the stage that is varied, ascending
  std::vector<double> value;   ///< what is to be small: T(1e-6), or the held-out loss
};

void fields_of(StageSweep& sweep, Fields& fields);

/// T(1e-6) of stage I of so many steps at learning rate `rate`, then stage III up to `budget` steps in all, no stage
/// II; budget + 1 where it is not reached. The scenario is one of three stages.
StageSweep first_stage_sweep(const Scenario& scenario, long seed, const std::vector<long>& lengths, double rate,
                             long budget);

/// The same with the gate set to the classes by hand and not trained (planted_end): only the way of w is left.
StageSweep planted_stage_sweep(const Scenario& scenario, long seed, const std::vector<long>& lengths, double rate,
                               long budget);

/// Held-out loss at the end of the scenario's stage I, stage II of so many steps at learning rate `rate`, and stage III
/// for what is left of `budget`. NaN where a run diverged.
StageSweep second_stage_sweep(const Scenario& scenario, long seed, const std::vector<long>& lengths, double rate,
                              long budget);

/// The median over seeds at every length. @pre all of the same lengths, one run or more.
std::vector<double> sweep_medians(const std::vector<StageSweep>& runs);

/// The length of least median (the shortest of equals). Checked by: tests/scenarios/stage_sweep_test.cpp.
double best_length(const std::vector<StageSweep>& runs);

/// Every other run, from number `first`: two halves that share no seed.
std::vector<StageSweep> every_other(const std::vector<StageSweep>& runs, std::size_t first);

/// The length at which the medians first fall to `level`, on straight lines between lengths; NaN if they do not.
double length_reaching(const std::vector<StageSweep>& runs, double level);

}  // namespace lemmata::scenarios
