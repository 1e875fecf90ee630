#pragma once
#include "scenarios/measure/seeds.h"

// How well a classifier of drawn routing does at its end, and at the early stop of Chen et al.'s code (claim M11).
namespace lemmata::scenarios {

/// The rule by which their loops end: after a step whose training loss is not the least so far, from step `from` on,
/// and lies more than `rise` above the least, or at `level` or below.
struct EarlyStop {
  long from = 0;
  double rise = 0.02, level = 0;
  bool ends = true;  ///< false: the run goes on, the moment is only noted
};

/// Where a run stands before the update of `step` (or at its end, step = number of updates).
struct MixturePoint {
  long step = 0;
  double accuracy = 0;           ///< share of held-out samples with y F > 0, one expert drawn for each
  double training_accuracy = 0;  ///< the same of the training samples, under the step's own draw
  double entropy = 0;            ///< dispatch entropy of that draw, nats
  double loss = 0;               ///< training loss without L2
};

struct MixtureOutcome {
  bool completed = false;  ///< not diverged
  MixturePoint end;        ///< after the last update, or at the stop that ended the run
  MixturePoint stop;       ///< at the early stop; `end` if there was none
};

void fields_of(MixtureOutcome& outcome, Fields& fields);

/// The same experiment with one more feature, 1 in every token, and initial values for it too: the weight on it is a
/// filter's bias. @throws std::invalid_argument for a model with a gate, which would see that feature.
/// Checked by: tests/scenarios/mixture_outcome_test.cpp.
sim::Experiment with_biases(sim::Experiment experiment);

/// Trains an experiment, or one seed of a scenario. The held-out samples are routed by draws that no training step
/// used.
/// @throws std::invalid_argument without held-out data. Checked by: tests/scenarios/mixture_outcome_test.cpp.
MixtureOutcome mixture_outcome(const sim::Experiment& experiment, const EarlyStop& rule);
MixtureOutcome mixture_outcome(const Scenario& scenario, long seed, const EarlyStop& rule);

/// Trains every seed. @param name  of the arrays kept.
std::vector<MixtureOutcome> mixture_outcomes(CheckContext& context, const std::string& name, const Scenario& scenario,
                                             const std::vector<long>& seeds, const EarlyStop& rule);

/// Open ranges of the means; infinite ends are no bar.
struct MixtureBars {
  analysis::Interval accuracy, entropy;
};

/// 95 % t intervals of the mean over seeds. Accuracies near 1 are skewed, for which a t interval of ten is somewhat too
/// short; the cubic experts' bars lie about one half width away.
struct MixtureJudgement {
  analysis::Interval accuracy{}, entropy{};
  std::vector<Quantity> quantities;
  /// supported: both intervals lie inside their bars; refuted: one lies outside; inconclusive else, and if a seed
  /// diverged or there are fewer than two.
  Verdict verdict = Verdict::inconclusive;
};

/// @param point  which of the two moments is judged.
/// Checked by: tests/scenarios/mixture_outcome_test.cpp.
MixtureJudgement judge_mixture(const std::vector<MixtureOutcome>& outcomes, MixturePoint MixtureOutcome::*point,
                               const MixtureBars& bars);

}  // namespace lemmata::scenarios
