// The system `joma_layer` beside a training of the same layer, step by step; the layer itself:
// tests/sim/layer_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "scenarios/system/system.h"
#include "sim/joma/layer.h"
#include "tests/close.h"
#include "tests/oracle/naive_layer.h"

namespace lemmata::scenarios {
namespace {

// 7 samples of unequal weight, in minibatches of 3; 5 tokens, 2 queries, T = 0.8.
Scenario small(const std::string& attention, const std::string& stages) {
  return load_scenario("joma/exp_attention", {{"data.distinct", "3"},
                                              {"data.common", "2"},
                                              {"data.classes", "4"},
                                              {"data.samples", "7"},
                                              {"data.queries", "2"},
                                              {"data.sample_weight", "[0.3, 0.05, 0.1, 0.25, 0.05, 0.05, 0.2]"},
                                              {"data.batch", "3"},
                                              {"model.attention", attention},
                                              {"model.temperature", "0.8"},
                                              {"model.nodes", "4"},
                                              {"model.init.node_std", "0.4"},
                                              {"model.init.query_std", "0.3"},
                                              {"stages", stages},
                                              {"record.every", "1"}});
}

// A stage of 3 steps that trains what has a rate other than 0.
std::string stage(const std::string& name, const std::string& optimizer, double w, double z) {
  const auto block = [&](const char* block_name, double rate) {
    return rate == 0 ? std::string()
                     : "\"" + std::string(block_name) + R"(": {"optimizer": ")" + optimizer +
                           R"(", "learning_rate": )" + std::to_string(rate) + "}";
  };
  return R"({"name": ")" + name + R"(", "steps": 3, "train": {)" + block("w", w) + (w != 0 && z != 0 ? ", " : "") +
         block("z", z) + "}}";
}

std::vector<Row> recorded(const Scenario& scenario) {
  const auto simulation = make_simulation(scenario);
  std::vector<Row> rows;
  simulate(*simulation, scenario, {[&](long, const Row& row) { rows.push_back(row); }});
  return rows;
}

/// Where the training stands before a step.
struct Point {
  Matrix w, z, v;
  Vector mean_attention;  ///< E[b] of the step's minibatch
};

// The same schedule with nothing measured in between. The last point has no E[b].
std::vector<Point> trained(const Scenario& scenario) {
  const auto& config = scenario.settings.joma_layer;
  const std::uint64_t seed = scenario.config.seed;
  sim::Layer layer(config, seed);
  sim::BlockState state{layer.initial(seed), {}};
  std::vector<Point> points;
  const auto add = [&](const Vector& mean_attention) {
    const Matrix& w = state.parameters.at("w");
    points.push_back({w, state.parameters.at("z"), layer.token_values(w), mean_attention});
  };
  for (const sim::StageConfig& one : scenario.config.stages) {
    sim::BlockStage training(state, one.train, layer.function());
    for (long step = 0; step < one.steps; ++step) {
      layer.use_samples(sim::minibatch(config.data.samples, config.data.batch, seed, static_cast<long>(points.size())));
      training.evaluate();
      add(layer.mean_attention());
      training.update();
    }
  }
  add({});
  return points;
}

Vector vector_in(const Row& row, const std::string& name) {
  const std::vector<double>& values = row.at(name);
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

// v^2 - v(0)^2 summed over nodes, (token).
Vector square_change(const Matrix& now, const Matrix& start) {
  return now.cwiseAbs2().rowwise().sum() - start.cwiseAbs2().rowwise().sum();
}

// As invariant_left stands in a row, (token, query), row-major.
Vector by_token_and_query(const Matrix& matrix) {
  const Matrix turned = matrix.transpose();
  return Eigen::Map<const Vector>(turned.data(), turned.size());
}

double biggest(const Vector& vector) { return vector.cwiseAbs().maxCoeff(); }

constexpr double rounding = 1e-14;  // sums of a few numbers of size 1

}  // namespace

TEST_CASE("joma_layer: what is recorded does not disturb a training in minibatches, by gd, momentum and rk4") {
  for (const char* optimizer : {"gd", "momentum", "rk4"}) {
    CAPTURE(optimizer);
    const Scenario scenario = small("exp", "[" + stage("a", optimizer, 0.5, 0.25) + "]");
    const std::vector<Row> rows = recorded(scenario);
    const std::vector<Point> points = trained(scenario);
    REQUIRE(rows.size() == 4);
    REQUIRE(points.size() == 4);
    for (std::size_t step = 0; step < 4; ++step) {
      CAPTURE(step);
      const Point& point = points[step];
      CHECK(vector_in(rows[step], "invariant_left") == by_token_and_query(point.z - points[0].z));
      CHECK(close(rows[step].at("logit_norm")[0], point.z.norm(), 0, 1e-15));
      CHECK(close(rows[step].at("value_norm")[0], point.v.norm(), 0, 1e-15));
      if (step > 0) CHECK(biggest(by_token_and_query(point.z - points[step - 1].z)) > 1e-4);
    }
  }
}

TEST_CASE("joma_layer: loss and entropy are those of all samples by their weights, whatever the minibatch") {
  for (const char* attention : {"exp", "softmax"}) {
    const Scenario scenario = small(attention, "[" + stage("a", "gd", 0.5, 0.25) + "]");
    const sim::LayerConfig& config = scenario.settings.joma_layer;
    const sim::LayerData data = sim::layer_data(config, scenario.config.seed);
    const std::vector<Row> rows = recorded(scenario);
    const std::vector<Point> points = trained(scenario);
    for (std::size_t step = 0; step < 4; ++step) {
      const Matrix &w = points[step].w, &z = points[step].z;
      const oracle::NaiveLayerParameters<double> plain = {
          {w.data(), w.data() + w.size()}, {z.data(), z.data() + z.size()}, {}};
      const double loss = oracle::naive_layer_loss(config, data, plain, {0, 1, 2, 3, 4, 5, 6});
      CHECK(close(rows[step].at("loss")[0], loss, 0, rounding));
      double entropy = 0;  // of exp(z/T) x / sum
      for (Index sample = 0; sample < 7; ++sample) {
        Vector p = (z.col(sample % 2).array() / 0.8).exp() * data.context.col(sample).array();
        p /= p.sum();
        for (const double share : p)
          entropy -= config.data.sample_weight[static_cast<std::size_t>(sample)] * share * std::log(share);
      }
      CHECK(close(rows[step].at("attention_entropy")[0], entropy, 0, rounding));
    }
  }
}

TEST_CASE("joma_layer: exp and linear attention have laws of their own, and those of two stages add up") {
  for (const char* attention : {"exp", "linear"}) {
    const bool linear = std::string(attention) == "linear";
    const Scenario scenario =
        small(attention, "[" + stage("a", "gd", 0.5, 0.25) + ", " + stage("b", "rk4", 0.25, 0.75) + "]");
    const std::vector<Row> rows = recorded(scenario);
    const std::vector<Point> points = trained(scenario);
    REQUIRE(rows.size() == 7);
    for (std::size_t step = 0; step < 7; ++step) {
      CAPTURE(step);
      const Matrix& z = points[step].z;
      const Matrix left = linear ? Matrix(z.cwiseAbs2() - points[0].z.cwiseAbs2()) : Matrix(z - points[0].z);
      // eta_z/eta_w: 1/2, then 3; exp: over 2 T = 1.6
      const Matrix& middle = points[std::min<std::size_t>(step, 3)].v;
      const Vector right =
          (square_change(middle, points[0].v) / 2 + 3 * square_change(points[step].v, middle)) / (linear ? 1 : 1.6);
      CHECK(biggest(vector_in(rows[step], "invariant_left") - by_token_and_query(left)) < rounding);
      CHECK(biggest(vector_in(rows[step], "invariant_right") - right) < rounding);
      CHECK(close(rows[step].at("invariant_residual")[0], biggest(left.rowwise().sum() - right), rounding, 0));
      if (step > 0) CHECK(biggest(right) > 1e-3);
    }
  }
}

TEST_CASE("joma_layer: softmax pulls by the mean attention before each step, stage by stage") {
  const Scenario scenario =
      small("softmax", "[" + stage("a", "gd", 0.5, 0.25) + ", " + stage("b", "gd", 0.25, 0.75) + "]");
  const std::vector<Row> rows = recorded(scenario);
  const std::vector<Point> points = trained(scenario);
  Vector right = Vector::Zero(5);
  for (std::size_t step = 0; step < 7; ++step) {
    CAPTURE(step);
    CHECK(biggest(vector_in(rows[step], "invariant_right") - right) < rounding);
    if (step > 0) CHECK(biggest(right) > 1e-3);
    if (step == 6) break;
    const Vector change = square_change(points[step + 1].v, points[step].v);
    right += (step < 3 ? 0.5 : 3) / 1.6 * (change - change.sum() * points[step].mean_attention);
  }
}

TEST_CASE("joma_layer: a stage that holds z leaves the right side where it was, one that moves z alone has no law") {
  for (const char* attention : {"exp", "linear", "softmax"}) {
    CAPTURE(attention);
    const std::vector<Row> rows =
        recorded(small(attention, "[" + stage("a", "gd", 0.5, 0.25) + ", " + stage("b", "gd", 0.5, 0) + ", " +
                                      stage("c", "gd", 0, 0.25) + "]"));
    REQUIRE(rows.size() == 10);
    const Vector joint = vector_in(rows[3], "invariant_right");
    CHECK(biggest(joint) > 1e-3);
    for (const std::size_t step : {4u, 5u}) {
      CHECK(vector_in(rows[step], "invariant_right") == joint);
      CHECK(rows[step].at("value_norm") != rows[3].at("value_norm"));
      CHECK(vector_in(rows[step], "invariant_left") == vector_in(rows[3], "invariant_left"));
    }
    CHECK(std::isnan(vector_in(rows[9], "invariant_right")(0)));
    CHECK(std::isnan(rows[9].at("invariant_residual")[0]));
    const std::vector<Row> held = recorded(small(attention, "[" + stage("a", "gd", 0.5, 0) + "]"));
    CHECK(vector_in(held[3], "invariant_right").isZero(0));
    CHECK(held[3].at("invariant_residual")[0] == 0);
  }
}

}  // namespace lemmata::scenarios
