#include "scenarios/measure/joint_sides.h"

#include <stdexcept>

#include "scenarios/measure/seeds.h"
#include "theory/joint_invariant.h"

namespace lemmata::scenarios {
namespace {

theory::JointRates rates_of(const JointTraining& training) { return {training.rate("w"), training.rate("z")}; }

}  // namespace

Matrix logit_change(const JointTraining& training, const JointPoint& start, const JointPoint& now) {
  const Matrix difference = now.logits - start.logits;
  if (training.layer.attention != "linear") return difference;
  return difference.cwiseProduct(now.logits + start.logits);  // z^2 - z0^2 without cancellation
}

JointSides flow_sides(const JointTraining& training, const JointPoint& start, const JointPoint& now) {
  const Vector measured = logit_change(training, start, now).rowwise().sum();
  if (training.layer.attention == "linear")
    return {measured, theory::linear_square_change(now.values, start.values, rates_of(training))};
  if (training.layer.attention != "exp") throw std::logic_error("softmax attention has no exact joint invariant");
  return {measured, theory::exp_logit_change(now.values, start.values, training.layer.temperature, rates_of(training))};
}

JointSides step_sides(const JointTraining& training, const JointPoint& start, const JointPoint& now) {
  const Vector measured = logit_change(training, start, now).rowwise().sum();
  if (training.layer.attention == "linear")
    return {measured, theory::linear_square_steps(now.values, start.values, now.value_squares, now.logit_squares,
                                                  rates_of(training))};
  if (training.layer.attention != "exp") throw std::logic_error("softmax attention has no exact joint invariant");
  return {measured, theory::exp_logit_steps(now.values, start.values, now.value_squares, training.layer.temperature,
                                            rates_of(training))};
}

JointSides softmax_sides(const JointTraining& training, const JointPoint& start, const JointPoint& now,
                         const Vector& bbar) {
  return {logit_change(training, start, now).rowwise().sum(),
          theory::softmax_logit_change(now.values, start.values, bbar, training.layer.temperature, rates_of(training))};
}

JointSides integrated_sides(const JointPoint& start, const JointPoint& now) {
  return {(now.logits - start.logits).rowwise().sum(), now.surrogate};
}

std::vector<JointTrace> joint_traces(CheckContext& context, const std::string& name, const JointTraining& training,
                                     const std::vector<long>& seeds) {
  return measured(context, name, seeds, [&](long seed) { return joint_trace(training, seed); });
}

sim::LayerConfig joint_layer(const std::string& attention, const std::string& activation, const std::string& upstream) {
  sim::LayerConfig layer = joint_scenario(attention).settings.joma_layer;
  layer.activation = activation, layer.upstream = upstream;
  return layer;
}

Scenario joint_scenario(const std::string& attention) { return load_scenario("joma/" + attention + "_attention"); }

}  // namespace lemmata::scenarios
