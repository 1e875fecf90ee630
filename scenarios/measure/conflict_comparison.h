#pragma once
#include <cmath>
#include <optional>

#include "scenarios/measure/class_conflict.h"
#include "scenarios/measure/seeds.h"

// Gradient conflict of two models at one level of the prediction loss, over seeds (claim M4).
namespace lemmata::scenarios {

using ConflictPoints = std::vector<ConflictAtLevel>;  // one per seed

inline constexpr double conflict_margin = 0.1;  ///< a tenth of the cancellation ratio's range [0, 1]

/// Who sends samples to experts: the model's gate; a random partition, blind to class; the class, but of every tuple's
/// copies (data.replicates) one, which goes to the next class's expert, so that every expert is mixed.
enum class Routed { by_gate, at_random, nearly_by_class };

/// Trains every seed down to the level. @param name  of the arrays kept.
ConflictPoints conflict_points(CheckContext& context, const std::string& name, const Scenario& scenario,
                               const std::vector<long>& seeds, double level, Routed routed = Routed::by_gate);

/// Cancellation ratio over the parameters of mixed experts. NaN where none serves more than one class, and where the
/// level was not reached.
double scored_cancellation(const ConflictAtLevel& point);

struct ConflictComparison {
  std::vector<double> first, second;           ///< ratios in the seeds in which both are scored
  std::optional<analysis::Interval> interval;  ///< of first - second, paired, 95 % Student t; none below ten pairs
  /// supported: the first has less conflict, its ratio is higher by more than conflict_margin; refuted: certainly not.
  Verdict verdict = Verdict::inconclusive;
};
/// @pre one point per seed in both. Checked by: tests/scenarios/claims45_test.cpp.
ConflictComparison compare_conflict(const ConflictPoints& first, const ConflictPoints& second);

/// What compare_conflict judges.
Quantity conflict_quantity(const std::string& what, const ConflictComparison& compared);

/// What is not judged: seeds that reach the level, the loss there, and what one-class experts add.
std::vector<Quantity> conflict_reports(const std::string& who, const ConflictPoints& list, double level);

/// Mean of value(point) over the points that reached the level; NaN if none did.
template <class Value>
double mean_over(const ConflictPoints& list, const Value& value) {
  double sum = 0, count = 0;
  for (const ConflictAtLevel& point : list) {
    if (point.step < 0) continue;
    sum += value(point);
    count += 1;
  }
  return count > 0 ? sum / count : std::nan("");
}

}  // namespace lemmata::scenarios
