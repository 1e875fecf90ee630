#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "sim/error.h"
#include "sim/model/problem.h"
#include "tests/sim/gradient_case.h"

// Model kinds, their settings and their initial values.
using namespace lemmata;
using namespace lemmata::sim;
using namespace lemmata::oracle;

namespace {

const std::string unknown = "unknown";

GradientCase plain_case(const std::string& kind) {
  GradientCase one;
  one.model.kind = kind, one.model.experts = 3, one.model.heads = 2;
  one.model.expert = {"pooled", "tanh", 2};
  one.loss = "logistic";
  return one;
}

}  // namespace

TEST_CASE("model: declared gated and trains_attention are true for every kind") {
  for (const ModelEntry& entry : models()) {
    CAPTURE(entry.name);
    const GradientPoint point = gradient_point(plain_case(entry.name), 1e-4);
    Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
    Evaluation found;
    problem.evaluate(point.parameters, point.routing, GradientRequest::all(), found);
    CHECK(point.architecture.gated == entry.gated);
    CHECK((point.parameters.gate.cols() > 0) == entry.gated);
    CHECK((point.architecture.experts > 1) == entry.gated);
    CHECK((found.gradient.attention.norm() > 1e-6) == entry.trains_attention);
    if (!entry.trains_attention) CHECK((found.gradient.attention.array() == 0).all());
  }
  CHECK(models().size() == 6);
}

TEST_CASE(
    "model: initial values have the stated laws, do not depend on the number of experts, and start the gate at 0") {
  ModelConfig config;
  config.experts = 40, config.expert.neurons = 3, config.expert.form = "pooled", config.expert.activation = "relu";
  const Architecture many = build_architecture(config);
  config.experts = 7;
  const Architecture few = build_architecture(config);
  const Parameters a = initial_parameters(many, {0.5, 0.25}, 10, 9), b = initial_parameters(few, {0.5, 0.25}, 10, 9);
  for (Index i = 0; i < 40; ++i) {  // one stream per unit and block
    Philox ffn(9, Purpose::init, 2 * static_cast<std::uint64_t>(i)),
        attention(9, Purpose::init, 2 * static_cast<std::uint64_t>(i) + 1);
    for (const double w : a.ffn.middleCols(3 * i, 3).reshaped()) CHECK(w == 0.5 * ffn.normal());
    for (const double q : a.attention.middleCols(10 * i, 10).reshaped()) CHECK(q == 0.25 * attention.normal());
  }
  CHECK(a.ffn.leftCols(21) == b.ffn);
  CHECK(a.attention.leftCols(70) == b.attention);
  CHECK((a.gate.array() == 0).all());
  CHECK(a.gate.cols() == 40);
  CHECK(a.output.col(5) == Vector({{1, -1, 1}}));
  // mean square of n normals: variance 2/n; |z| < 5, false alarm 6e-7, at a fixed seed
  CHECK(std::abs(a.ffn.squaredNorm() / 1200 / 0.25 - 1) < 5 * std::sqrt(2.0 / 1200));
  CHECK(std::abs(a.attention.squaredNorm() / 4000 / 0.0625 - 1) < 5 * std::sqrt(2.0 / 4000));
  CHECK(initial_parameters(few, {0.5, 0.25}, 10, 10).ffn != b.ffn);
  const Matrix uniform = initial_parameters(many, {0.5, 0.25, "uniform"}, 10, 9).ffn;  // on +-sqrt(3)/2
  CHECK(uniform.cwiseAbs().maxCoeff() <= std::sqrt(0.75));
  CHECK(uniform.cwiseAbs().maxCoeff() > 0.98 * std::sqrt(0.75));  // 0.98^1200 = 3e-11
  // mean square of n uniform numbers: variance 4/5 / n; mean: 1/n
  CHECK(std::abs(uniform.squaredNorm() / 1200 / 0.25 - 1) < 5 * std::sqrt(0.8 / 1200));
  CHECK(std::abs(uniform.mean() / 0.5) < 5 / std::sqrt(1200.0));
  CHECK(initial_parameters(many, {0.5, 0.25, "uniform"}, 10, 9).attention == a.attention);
  CHECK(a.ffn.col(0) != a.ffn.col(3));
  CHECK(a.ffn.col(0).head(10) != a.attention.col(0) * 2);
  CHECK(slice_count(many, "ffn") == 40);
  config.kind = "shared_attention";
  CHECK(slice_count(build_architecture(config), "attention") == 1);
  CHECK(slice_count(build_architecture(config), "gate") == 7);
  CHECK_THROWS_AS(a.block("bias"), std::invalid_argument);
}

TEST_CASE("model: every bad setting is refused by its own field") {
  const auto field = [](auto change) -> std::string {
    ModelConfig config;
    change(config);
    try {
      build_architecture(config);
    } catch (const ConfigError& error) {
      return error.field();
    }
    return "accepted";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(field([](ModelConfig&) {}) == "accepted");
  CHECK(field([](ModelConfig& m) { m.kind = "rnn"; }) == "model.kind");
  CHECK(field([](ModelConfig& m) { m.experts = 0; }) == "model.experts");
  CHECK(field([](ModelConfig& m) {
          m.kind = "single";
          m.heads = 0;
        }) == "model.heads");
  CHECK(field([](ModelConfig& m) { m.expert.form = unknown; }) == "model.expert.form");
  CHECK(field([](ModelConfig& m) { m.expert.activation = unknown; }) == "model.expert.activation");
  CHECK(field([](ModelConfig& m) { m.expert.activation = "relu"; }) == "model.expert.activation");  // form linear
  CHECK(field([](ModelConfig& m) { m.expert.neurons = 0; }) == "model.expert.neurons");
  CHECK(field([](ModelConfig& m) { m.attention = unknown; }) == "model.attention");
  CHECK(field([](ModelConfig& m) { m.gate.routing = unknown; }) == "model.gate.routing");
  CHECK(field([](ModelConfig& m) { m.gate.combine = unknown; }) == "model.gate.combine");
  CHECK(field([](ModelConfig& m) { m.gate.combine = "logit"; }) == "model.gate.combine");  // routing expected
  CHECK(field([](ModelConfig& m) {
          m.gate.combine = "logit";
          m.gate.routing = "sampled";
        }) == "accepted");
  CHECK(field([](ModelConfig& m) { m.gate.input = unknown; }) == "model.gate.input");
  CHECK(field([&](ModelConfig& m) { m.gate.noise = nan; }) == "model.gate.noise");
  CHECK(field([](ModelConfig& m) { m.gate.noise = 0; }) == "model.gate.noise");
  CHECK(field([&](ModelConfig& m) { m.init.ffn_std = nan; }) == "model.init.ffn_std");
  CHECK(field([](ModelConfig& m) { m.init.attention_std = -1; }) == "model.init.attention_std");
  CHECK(field([](ModelConfig& m) { m.init.ffn_law = unknown; }) == "model.init.ffn_law");
}
