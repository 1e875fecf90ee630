#pragma once
#include <string>
#include <vector>

#include "scenarios/measure/frozen.h"
#include "scenarios/measure/seeds.h"

// Stage III as it is seen from its start: attention and gate frozen as stage II left them, only the FFN to be trained.
namespace lemmata::scenarios {

/// What one expert has left to learn.
struct FrozenExpert {
  Index expert = 0;
  analysis::FrozenProblem problem;  ///< of the samples with q > 0 only, heads stacked; l2 that of the scenario
  Vector start;                     ///< w_0, (feature * neuron * head), stacked as the problem's inputs
  Vector routing, share;            ///< q_k and the data's weight of those samples; problem.weights = share * routing
};

/// The frozen problem of a whole model: a sum of one problem per expert that receives load, so the Hessian is block
/// diagonal.
struct FrozenStage {
  FinalState end;                     ///< after the stages trained; its routing is the one that is frozen
  std::vector<FrozenExpert> experts;  ///< those with load only; one for `single`
  double curvature_max = 0;  ///< lambda_max of the whole Hessian at w_0 (l2 not counted); squared loss: everywhere
  double leak = 0;           ///< mass of samples at experts with 0 < q < 1/2, where the subtask is undefined
  bool exactly_pure = true;  ///< is_exactly_pure; true without a gate
};

/// Trains the first `stages` stages of one seed and freezes attention and gate there.
/// @throws std::invalid_argument if the form is not linear in the FFN.
/// Checked by: tests/scenarios/claims45_test.cpp; claim M5.
FrozenStage frozen_stage(const Scenario& scenario, long seed, std::size_t stages = 2);

/// The same of a run that has ended already.
FrozenStage frozen_stage_of(FinalState end);

/// How well conditioned what is left to learn is, per unit of load (mot.md section 5), and what it cannot reach.
struct StageConditioning {
  double curvature_min = 0,
         curvature_max = 0;  ///< smallest lambda_min on V_i / load_i over experts, largest lambda_max / load_i
                             ///< a lambda_min below what rounding leaves certain counts as that: no ratio of two
                             ///< conditions is overstated, and none is the logarithm of a negative number
  double condition = 0;      ///< curvature_min / curvature_max
  double floor = 0;          ///< L*, summed over experts
  bool defined = false;      ///< false if routed mass leaks (q < 1/2); then the first three are NaN
};

/// At the starting weights; for squared loss the Hessian is the same everywhere. l2 is not counted in the curvature.
StageConditioning conditioning(const FrozenStage& stage);

/// Overrides that leave the gate out of every stage of mot/three_stage; blocks, optimisers and rates stay.
std::vector<Override> stages_without_gate();

/// mot/three_stage with another model: its data, three stages and rates, the gate left out of every stage for `single`.
/// @param kind   mot | shared_attention | single | ...
/// @param heads  of kind `single`; ignored by others.
/// @param more   further overrides, applied last.
Scenario three_stage_of(const std::string& kind, long heads = 1, const std::vector<Override>& more = {});

}  // namespace lemmata::scenarios
