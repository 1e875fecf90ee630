#pragma once
#include "scenarios/measure/seeds.h"
#include "scenarios/measure/specialisation.h"

namespace lemmata::scenarios {

/// What one run without attention shows of Proposition 1 and of Lemma 1 at once.
struct JointOutcome {
  Specialisation at_t1;      ///< when stage I ends; NaN if the run diverged
  double floor = 0;          ///< least training loss without attention: see joint_outcome; NaN if the run diverged
  double still_falling = 0;  ///< share by which the loss fell in the second half of the last stage; 0 where floor is L*
};

void fields_of(JointOutcome& outcome, Fields& fields);

/// Prop. 1 as claims M1 and M2 have it: class-pure, and every class has an expert with ratio 2 or more.
bool specialises(const JointOutcome& outcome);
/// Lemma 1 as claim M8 has it: the loss stays above `relevant`, and has come to rest (moved by less than
/// at_rest_share). A plateau that training leaves later rests too; with `specialises` beside it the experts have left
/// the first one.
bool has_floor(const JointOutcome& outcome);

inline constexpr double at_rest_share = 0.01;

/// Trains one seed of a scenario of two stages or more, the first of which is stage I, without attention.
/// The floor: where f is linear in the FFN, the infimum over all FFN weights with the routing of the end, exact; for
/// other forms, whose infimum is a problem without convexity, the loss that training has come to rest at.
/// Checked by: claim M13; tests/scenarios/joint_outcome_test.cpp.
JointOutcome joint_outcome(const Scenario& scenario, long seed);

/// The same of a state set by hand, from which the FFN alone is trained as in the scenario's last stage.
JointOutcome joint_outcome_of(const FinalState& end);

}  // namespace lemmata::scenarios
