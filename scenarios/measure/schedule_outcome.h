#pragma once
#include "analysis/steps_to_eps.h"
#include "scenarios/measure/seeds.h"

// Schedules of stages at one budget: how soon and how low a run ends (claim M12).
namespace lemmata::scenarios {

inline constexpr double schedule_eps = 1e-6;
inline constexpr double step_margin = 0.1, loss_margin = 1;  ///< decades: 26 % more steps, a tenth of the loss

struct ScheduleOutcome {
  double steps = 0;  ///< T(schedule_eps); one more than the budget if not reached, the least that it can be
  double loss = 0;   ///< prediction loss after the last update; of a diverged run the largest number
};

/// Of a run whose prediction loss was `tracked` over `budget` steps and was `last` after the last update.
ScheduleOutcome schedule_outcome(const analysis::StepsToEps& tracked, long budget, bool completed, double last);

/// The same of an experiment as it stands, trained here.
ScheduleOutcome schedule_outcome(const sim::Experiment& experiment);

void fields_of(ScheduleOutcome& outcome, Fields& fields);

/// Trains every seed. @param name  of the arrays kept.
std::vector<ScheduleOutcome> schedule_outcomes(CheckContext& context, const std::string& name, const Scenario& scenario,
                                               const std::vector<long>& seeds);

/// log10(other / own), paired by seed: distribution-free 97.5 % intervals of the median, 95 % together.
struct ScheduleComparison {
  analysis::Interval steps, loss;
  std::vector<Quantity> quantities;
  /// supported: own is better by more than the margins in steps AND in final loss; refuted: certainly not so in one.
  Verdict verdict = Verdict::inconclusive;
};
/// @pre one outcome per seed in both. Checked by: tests/scenarios/verdicts_test.cpp.
ScheduleComparison compare_schedules(const std::vector<ScheduleOutcome>& own,
                                     const std::vector<ScheduleOutcome>& other);

}  // namespace lemmata::scenarios
