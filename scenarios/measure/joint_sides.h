#pragma once
#include <string>
#include <vector>

#include "scenarios/claims/claim.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/measure/joint_trace.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/stored.h"

// The two sides of Theorem 1 of JoMA at one point of a training, for claims J1 to J7 and J20.
namespace lemmata::scenarios {

/// By token: what z did, summed over queries (exp and softmax: z - z(0); linear: z^2 - z(0)^2), and what theory makes
/// of v.
struct JointSides {
  Vector measured, predicted;

  double residual() const { return (measured - predicted).cwiseAbs().maxCoeff<Eigen::PropagateNaN>(); }
  double change() const { return measured.cwiseAbs().maxCoeff<Eigen::PropagateNaN>(); }
  /// ||measured - predicted|| / ||measured||.
  double relative_error() const { return (measured - predicted).norm() / measured.norm(); }
};

/// Measured side of all queries, (token, query).
Matrix logit_change(const JointTraining& training, const JointPoint& start, const JointPoint& now);

/// Against gradient flow (theory::exp_logit_change, linear_square_change).
/// @throws std::logic_error for softmax attention, which has no exact law.
JointSides flow_sides(const JointTraining& training, const JointPoint& start, const JointPoint& now);
/// Against the discrete identities (theory::exp_logit_steps, linear_square_steps).
JointSides step_sides(const JointTraining& training, const JointPoint& start, const JointPoint& now);
/// Against the softmax approximation with the mean attention `bbar`.
JointSides softmax_sides(const JointTraining& training, const JointPoint& start, const JointPoint& now,
                         const Vector& bbar);
/// Against the softmax approximation integrated along the way.
JointSides integrated_sides(const JointPoint& start, const JointPoint& now);

/// Traces of one training over seeds, kept as `name`.
std::vector<JointTrace> joint_traces(CheckContext& context, const std::string& name, const JointTraining& training,
                                     const std::vector<long>& seeds);

/// Largest, or least, value(trace) over traces; NaN if any is.
template <class Value>
double worst(const std::vector<JointTrace>& traces, const Value& value) {
  return largest_of(numbers_of(traces, value));
}
template <class Value>
double least(const std::vector<JointTrace>& traces, const Value& value) {
  return smallest_of(numbers_of(traces, value));
}

/// The scenario joma/ATTENTION_attention, whose layer the claims take.
Scenario joint_scenario(const std::string& attention);
/// Its layer with another phi and upstream (exp and linear: T = 1, w ~ N(0, 0.1^2), as joma.md, Theorem 1 asks).
sim::LayerConfig joint_layer(const std::string& attention, const std::string& activation, const std::string& upstream);

}  // namespace lemmata::scenarios
