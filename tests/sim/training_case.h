#pragma once
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/train/trainer.h"

// Small experiments for the tests of the training loop, and an observer that keeps what it is shown.
namespace lemmata::sim {

/// Keeps what every observation showed; interrupts at a chosen step.
struct Record final : Observer {
  struct Row {
    long step;
    std::string stage;
    bool closing;
    double loss, objective;
    Matrix logits, weight, ffn, attention, gate;
    double first_token, gradient_norm;
    Vector load;
  };
  std::vector<Row> rows;
  long interrupt_at = -1;

  bool observe(const Snapshot& s) override {
    double square = 0;
    for (const char* block : block_names) square += s.evaluation.gradient.block(block).squaredNorm();
    rows.push_back({s.state.step, s.stage.name, s.closing, s.evaluation.loss, s.evaluation.objective, s.routing.logits,
                    s.routing.weight, s.state.parameters.ffn, s.state.parameters.attention, s.state.parameters.gate,
                    s.problem.data().tokens(0, 0), std::sqrt(square), s.evaluation.load});
    return s.state.step != interrupt_at;
  }
};

inline StageConfig stage(const std::string& name, long steps, std::map<std::string, BlockTraining> train) {
  StageConfig one;
  one.name = name, one.steps = steps, one.train = std::move(train);
  return one;
}

inline BlockTraining by(const std::string& optimizer, double rate) {
  BlockTraining training;
  training.optimizer = optimizer, training.learning_rate = rate;
  return training;
}

/// One neuron, one token, two samples x = (2, 0), y = 1 and x = (0, 4), y = -1 of weight 1/2, squared loss, w(0) = 0:
///   L(w) = (1 - 2 w_1)^2/4 + (1 + 4 w_2)^2/4,  gradient (-(1 - 2 w_1), 2 (1 + 4 w_2)),  Hessian diag(2, 8).
inline Experiment dyadic(std::vector<StageConfig> stages) {
  Experiment experiment;
  Config& config = experiment.config;
  config.model.kind = "dense", config.data.classes = 1, config.data.features = 2, config.data.tokens = 1,
  config.data.heldout = 0;
  config.stages = std::move(stages);
  Dataset data;
  data.tokens_per_sample = 1, data.classes = 1, data.class_index = {0, 0};
  data.tokens = Vector({{2, 4}}).asDiagonal();
  data.label = Vector({{1, -1}}), data.weight = Vector({{0.5, 0.5}});
  experiment.data = std::make_shared<const Dataset>(data);
  experiment.initial = zero_parameters(build_architecture(config.model), 2);
  experiment.initial.output.setOnes();
  return experiment;
}

inline Experiment small_mot(std::vector<StageConfig> stages, const std::string& routing = "expected") {
  Config config;
  config.seed = 3, config.model.experts = 6, config.model.gate.routing = routing, config.data.heldout = 0;
  config.stages = std::move(stages);
  return make_experiment(config);
}

inline std::vector<StageConfig> three_stages() {
  return {stage("I", 40, {{"ffn", by("normalized_gd", 0.02)}, {"gate", by("gd", 1)}}),
          stage("II", 30, {{"attention", by("momentum", 0.1)}, {"gate", by("gd", 1)}}),
          stage("III", 20, {{"ffn", by("adam", 0.01)}, {"gate", by("momentum", 0.5)}})};
}

struct Run {
  Record record;
  TrainingState state;
  TrainingResult result;
};

inline Run run(const Experiment& experiment) {
  Run one;
  one.state = initial_state(experiment);
  one.result = train(experiment, one.state, one.record);
  return one;
}

inline std::vector<long> steps(const Record& record) {
  std::vector<long> all;
  for (const auto& row : record.rows) all.push_back(row.step);
  return all;
}

inline std::string stages(const Record& record) {
  std::string all;
  for (const auto& row : record.rows) all += row.stage;
  return all;
}

}  // namespace lemmata::sim
