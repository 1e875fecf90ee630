#pragma once
#include <map>
#include <string>
#include <vector>

#include "scenarios/evidence/measurements.h"
#include "sim/joma/layer.h"

// One-layer JoMA models trained and watched: what claims J1 to J7 and J20 measure.
namespace lemmata::scenarios {

/// How one model is trained. Blocks w, z and, if there is one, upper.
struct JointTraining {
  sim::LayerConfig layer;
  std::map<std::string, sim::BlockTraining> train;
  std::vector<long> steps;      ///< numbers of updates at which it is looked at, rising; the last one ends the training
  double weight_decay = 0;      ///< lambda of dLoss/dblock + lambda block, for every trained block
  bool same_tokens = false;     ///< every sample gets the tokens of sample 0
  double shared_direction = 0;  ///< added to every entry of the embedding: vectors then share a direction

  double rate(const std::string& block) const { return train.at(block).learning_rate; }
};

/// The same optimiser and rate for every block that the upstream has.
JointTraining joint_training(const sim::LayerConfig& layer, const std::string& optimizer, double learning_rate,
                             std::vector<long> steps);

/// What is seen after `step` updates.
struct JointPoint {
  long step = 0;
  Matrix logits;          ///< z, (token, query)
  Matrix values;          ///< v = U_C^T w, (token, node)
  Vector mean_attention;  ///< E[b], (token)
  Vector
      value_squares;  ///< sum over earlier steps and nodes of dv^2, (token); dv minus the gradient at the step's start
  Vector logit_squares;  ///< sum over earlier steps and queries of dz^2, (token)
  Vector surrogate;      ///< theory::SoftmaxLogits along the way, (token)
  double sum_drift = 0;  ///< largest |sum_l z_l - its initial value| so far, over queries
};

/// One run; the first point is that of step 0. A run that diverges goes on in NaN, which holds for no quantity.
struct JointTrace {
  std::vector<JointPoint> points;

  const JointPoint& start() const { return points.front(); }
  const JointPoint& end() const { return points.back(); }
  const JointPoint& at(long step) const;  ///< @throws std::out_of_range if it was not looked at
};
void fields_of(JointTrace& trace, Fields& fields);

/// Trains from the initial values of `seed`, on its data, in its minibatches.
/// Checked by: tests/scenarios/joint_trace_test.cpp.
JointTrace joint_trace(const JointTraining& training, long seed);

}  // namespace lemmata::scenarios
