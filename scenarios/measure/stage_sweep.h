#pragma once
#include <string>
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

/// The length of least value (the shortest of equals). NaN where there is none: a value that is not finite, none at
/// most `reached`, or no length at all. Checked by: tests/scenarios/stage_sweep_test.cpp.
double best_length(const StageSweep& sweep, double reached);

/// The length at which the value first falls to `level`, on straight lines between lengths; NaN if it does not, or if a
/// value is not finite.
double length_reaching(const StageSweep& sweep, double level);

/// Doublings: log2 of a length of each seed over another, as the median over the seeds that have both.
struct Doublings {
  std::vector<double> kept;   ///< per seed, those that are not NaN
  analysis::Interval median;  ///< distribution-free, 97.5 %; the whole line with fewer than `least` kept
  static constexpr std::size_t least = 7;

  explicit Doublings(std::vector<double> all);
  /// The interval against predicted +- tolerance: inside supported, disjoint refuted, else inconclusive.
  Verdict verdict(double predicted, double tolerance) const;
  Quantity quantity(const std::string& what, double predicted, double tolerance, const std::string& reason) const;
};

}  // namespace lemmata::scenarios
