#include "scenarios/measure/joint_trace.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/train/blocks.h"
#include "theory/joint_invariant.h"

namespace lemmata::scenarios {
namespace {

sim::Layer layer_of(const JointTraining& training, std::uint64_t seed) {
  sim::LayerData data = sim::layer_data(training.layer, seed);
  if (training.same_tokens) data.context = data.context.col(0).replicate(1, data.samples()).eval();
  data.embedding.array() += training.shared_direction;
  return {training.layer, std::move(data)};
}

// One training, a step at a time.
class JointRun {
 public:
  JointRun(const JointTraining& training, std::uint64_t seed)
      : training_(training),
        seed_(seed),
        layer_(layer_of(training, seed)),
        state_{layer_.initial(seed), {}},
        stage_(state_, training.train,
               [this](const sim::Blocks& at, sim::Blocks& gradient) { return loss_and_gradient(at, gradient); }) {
    const Matrix& z = state_.parameters.at("z");
    initial_sum_ = z.colwise().sum();
    point_.logits = z;
    point_.values = layer_.token_values(state_.parameters.at("w"));
    point_.value_squares = point_.logit_squares = point_.surrogate = Vector::Zero(z.rows());
  }

  JointTrace run() {
    theory::SoftmaxLogits softmax(point_.values, training_.layer.temperature,
                                  {training_.rate("w"), training_.rate("z")});
    JointTrace trace;
    for (;; ++point_.step) {
      evaluate();
      const bool last = point_.step == training_.steps.back();
      if (last || point_.step == 0 || std::count(training_.steps.begin(), training_.steps.end(), point_.step) > 0) {
        point_.surrogate = softmax.change();
        trace.points.push_back(point_);
      }
      if (last) return trace;
      update();
      softmax.advance(point_.mean_attention, point_.values);
    }
  }

 private:
  double loss_and_gradient(const sim::Blocks& at, sim::Blocks& gradient) {
    const double loss = layer_.evaluate(at, gradient);
    for (auto& [name, block] : gradient) block += training_.weight_decay * at.at(name);
    return loss;
  }

  void evaluate() {
    const long batch = training_.layer.data.batch;
    if (batch > 0) layer_.use_samples(sim::minibatch(layer_.data().samples(), batch, seed_, point_.step));
    stage_.evaluate();
    point_.mean_attention = layer_.mean_attention();
  }

  void update() {
    const Matrix d_values = layer_.token_values(stage_.gradient().at("w"));
    point_.value_squares += d_values.cwiseAbs2().rowwise().sum();
    point_.logit_squares += stage_.gradient().at("z").cwiseAbs2().rowwise().sum();
    stage_.update();
    point_.logits = state_.parameters.at("z");
    point_.values = layer_.token_values(state_.parameters.at("w"));
    const double drift = (point_.logits.colwise().sum() - initial_sum_).cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
    if (!(drift <= point_.sum_drift)) point_.sum_drift = drift;  // NaN stays
  }

  const JointTraining& training_;
  std::uint64_t seed_;
  sim::Layer layer_;
  sim::BlockState state_;
  sim::BlockStage stage_;
  Eigen::RowVectorXd initial_sum_;
  JointPoint point_;
};

void append(std::vector<double>& list, const Matrix& matrix) {
  list.insert(list.end(), matrix.data(), matrix.data() + matrix.size());
}

Matrix part(const std::vector<double>& list, std::size_t number, long rows, long columns) {
  const auto size = static_cast<std::size_t>(rows * columns);
  if (list.size() < (number + 1) * size) throw StoredFault("a trace of one-layer training is cut short");
  return Eigen::Map<const Matrix>(list.data() + number * size, rows, columns);
}

}  // namespace

JointTraining joint_training(const sim::LayerConfig& layer, const std::string& optimizer, double learning_rate,
                             std::vector<long> steps) {
  JointTraining training{layer, {}, std::move(steps)};
  for (const char* block : {"w", "z"}) training.train[block] = {optimizer, learning_rate};
  if (layer.upstream == "upper") training.train["upper"] = {optimizer, learning_rate};
  return training;
}

const JointPoint& JointTrace::at(long step) const {
  for (const JointPoint& point : points) {
    if (point.step == step) return point;
  }
  throw std::out_of_range("JointTrace: step " + std::to_string(step) + " was not looked at");
}

void fields_of(JointTrace& trace, Fields& fields) {
  long tokens = 0, queries = 0, nodes = 0;
  std::vector<long> steps;
  std::vector<double> logits, values, by_token, drift;
  for (const JointPoint& point : trace.points) {
    tokens = point.logits.rows(), queries = point.logits.cols(), nodes = point.values.cols();
    steps.push_back(point.step);
    drift.push_back(point.sum_drift);
    append(logits, point.logits);
    append(values, point.values);
    for (const Vector* one : {&point.mean_attention, &point.value_squares, &point.logit_squares, &point.surrogate})
      append(by_token, *one);
  }
  fields.number("tokens", tokens, "context tokens");
  fields.number("queries", queries, "queries");
  fields.number("nodes", nodes, "hidden nodes");
  fields.series("step", "point", steps, "updates before each point");
  fields.series("sum_drift", "point", drift, "largest change of sum_l z_l so far");
  fields.series("logits", "point_query_token", logits, "z, point after point, query after query");
  fields.series("values", "point_node_token", values, "v = U_C^T w, point after point, node after node");
  fields.series("by_token", "point_kind_token", by_token,
                "of each point: E[b], sums of dv^2 and of dz^2 over earlier steps, integrated softmax prediction");
  trace.points.assign(steps.size(), {});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Matrix four = part(by_token, i, tokens, 4);
    trace.points[i] = {steps[i],
                       part(logits, i, tokens, queries),
                       part(values, i, tokens, nodes),
                       four.col(0),
                       four.col(1),
                       four.col(2),
                       four.col(3),
                       drift[i]};
  }
}

JointTrace joint_trace(const JointTraining& training, long seed) {
  return JointRun(training, static_cast<std::uint64_t>(seed)).run();
}

}  // namespace lemmata::scenarios
