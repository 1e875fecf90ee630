#include "sim/train/blocks.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "sim/error.h"
#include "tests/close.h"

namespace lemmata::sim {
namespace {

// L = x^2/2 + x y + y^2: gradients x + y and x + 2 y.
double coupled(const Blocks& at, Blocks& gradient) {
  const double x = at.at("x")(0), y = at.at("y")(0);
  if (gradient.contains("x")) gradient.at("x")(0) = x + y;
  if (gradient.contains("y")) gradient.at("y")(0) = x + 2 * y;
  return x * x / 2 + x * y + y * y;
}

BlockState at(double x, double y) { return {{{"x", Matrix::Constant(1, 1, x)}, {"y", Matrix::Constant(1, 1, y)}}, {}}; }

// x' = -x from 1 for time 2 by so many steps: how far from e^-2.
double rk4_error(long steps) {
  BlockState state{{{"x", Matrix::Ones(1, 1)}}, {}};
  BlockStage stage(state, {{"x", {"rk4", 2.0 / static_cast<double>(steps)}}}, [](const Blocks& p, Blocks& gradient) {
    gradient.at("x") = p.at("x");
    return 0.0;
  });
  for (long step = 0; step < steps; ++step) stage.evaluate(), stage.update();
  return std::abs(state.parameters.at("x")(0) - std::exp(-2.0));
}

}  // namespace

TEST_CASE("blocks: gd at (2, 1) with rates 1/2 and 1/4: (2 - 3/2, 1 - 1), both from the old point") {
  BlockState state = at(2, 1);
  BlockStage stage(state, {{"x", {"gd", 0.5}}, {"y", {"gd", 0.25}}}, coupled);
  CHECK(stage.evaluate() == 5);
  stage.update();
  CHECK(state.parameters.at("x")(0) == 0.5);
  CHECK(state.parameters.at("y")(0) == 0);
}

TEST_CASE("blocks: one rk4 step of x' = -x of length 1 is 1 - 1 + 1/2 - 1/6 + 1/24 = 3/8, and its order is 4") {
  BlockState state{{{"x", Matrix::Ones(1, 1)}}, {}};
  BlockStage stage(state, {{"x", {"rk4", 1}}}, [](const Blocks& p, Blocks& gradient) {
    gradient.at("x") = p.at("x");
    return 0.0;
  });
  stage.evaluate();
  stage.update();
  CHECK(close(state.parameters.at("x")(0), 0.375, 1e-15, 0));
  const double ratio = rk4_error(40) / rk4_error(80);
  CHECK(ratio > 15.5);
  CHECK(ratio < 17.2);
}

TEST_CASE("blocks: two rk4 blocks move jointly, a block of another optimiser is held during the step") {
  // x alone from y held at 1: x' = -(x + 1), one step of length 1: x + 1 -> 3/8 (x + 1).
  BlockState apart = at(3, 1);
  BlockStage stage(apart, {{"x", {"rk4", 1}}, {"y", {"gd", 0.5}}}, coupled);
  stage.evaluate();
  stage.update();
  CHECK(close(apart.parameters.at("x")(0), 0.5, 1e-15, 0));
  CHECK(apart.parameters.at("y")(0) == -1.5);
  BlockState joint = at(3, 1), fine = at(3, 1);
  BlockStage by_rk4(joint, {{"x", {"rk4", 0.01}}, {"y", {"rk4", 0.01}}}, coupled);
  BlockStage by_flow(fine, {{"x", {"gradient_flow", 0.01, 0.9, 1e-13}}, {"y", {"gradient_flow", 0.01, 0.9, 1e-13}}},
                     coupled);
  for (int step = 0; step < 100; ++step) {
    by_rk4.evaluate(), by_rk4.update();
    by_flow.evaluate(), by_flow.update();
  }
  // Hessian [[1, 1], [1, 2]]: error of rk4 about h^4 lambda^5 t / 120 ~ 1e-8 * 123 / 120 at the stiff end
  CHECK(close(joint.parameters.at("x")(0), fine.parameters.at("x")(0), 1e-7, 0));
  CHECK(close(joint.parameters.at("y")(0), fine.parameters.at("y")(0), 1e-7, 0));
}

TEST_CASE("blocks: a rule that looks around sees the others where they were, in whatever order they are updated") {
  // Two flows of different optimisers, "x" by gradient_flow and "y" by rk4: each must see the other unmoved.
  BlockState state = at(3, 1);
  BlockStage stage(state, {{"x", {"gradient_flow", 1, 0.9, 1e-12}}, {"y", {"rk4", 1}}}, coupled);
  stage.evaluate();
  stage.update();
  CHECK(close(state.parameters.at("x")(0), -1 + 4 * std::exp(-1.0), 1e-10, 0));  // x' = -(x + 1)
  CHECK(close(state.parameters.at("y")(0), -1.5 + 2.5 / 3, 1e-14, 0));           // y' = -2 (y + 3/2), rk4 of e^-2: 1/3
}

TEST_CASE("blocks: memory is the stage's own, what is not trained is held, what is not finite is told") {
  BlockState state = at(2, 1);
  {
    BlockStage stage(state, {{"x", {"momentum", 0.1}}}, coupled);
    stage.evaluate();
    stage.update();
    CHECK(state.memory.at("x").first.size() == 1);
    CHECK(state.parameters.at("y")(0) == 1);
    CHECK(!stage.gradient().contains("y"));
    CHECK(stage.is_finite());
    state.parameters.at("x")(0) = std::numeric_limits<double>::infinity();
    CHECK(!stage.is_finite());
  }
  state = at(1, 1);
  BlockStage lost(state, {{"x", {"gd", 1}}}, [](const Blocks&, Blocks& gradient) {
    gradient.at("x")(0) = 1;
    return std::numeric_limits<double>::quiet_NaN();
  });
  lost.evaluate();
  CHECK(!lost.is_finite());
  CHECK(lost.is_finite(false));
}

TEST_CASE("blocks: a second stage on the same state begins without memory: 2 - .3 = 1.7 by momentum, then 1.7 - .27") {
  BlockState state = at(2, 1);
  for (const double expected : {1.7, 1.43}) {  // the gradient is x + y; with the old velocity .9 * 3 it would be 1.16
    BlockStage stage(state, {{"x", {"momentum", 0.1}}}, coupled);
    CHECK(state.memory.empty());
    stage.evaluate();
    stage.update();
    CHECK(close(state.parameters.at("x")(0), expected, 1e-15, 0));  // a rounding or two of numbers up to 2
    CHECK(state.memory.at("x").updates == 1);
  }
}

TEST_CASE("blocks: adam on a block of several pieces has the same bits with no team, 1, 2 and 3 threads") {
  const auto trained = [](ThreadTeam* team) {
    BlockState state{{{"x", Vector::LinSpaced(5003, -1, 1)}}, {}};
    BlockStage stage(
        state, {{"x", {"adam", 0.01}}},
        [](const Blocks& p, Blocks& gradient) {
          gradient.at("x") = p.at("x").array().cube().matrix();
          return 0.0;
        },
        team);
    for (int step = 0; step < 3; ++step) stage.evaluate(), stage.update();
    return state.parameters.at("x");
  };
  const Matrix alone = trained(nullptr);
  for (const int threads : {1, 2, 3}) {
    ThreadTeam team(threads);
    CHECK(trained(&team) == alone);
  }
  // by hand, the first step moves x by 0.01 g / (|g| + 1e-8), in the direction of -g
  CHECK(alone(0) > -1 + 0.0299);
  CHECK(alone(0) < -1 + 0.0301);
}

TEST_CASE("blocks: unknown blocks and optimisers, a Hessian and a rate of 0 are refused by name") {
  BlockState state = at(1, 1);
  const auto refused = [&](const std::string& block, const BlockTraining& training) {
    try {
      BlockStage(state, {{block, training}}, coupled);
    } catch (const ConfigError& error) {
      return error.field();
    }
    return std::string();
  };
  CHECK(refused("z", {"gd", 1}) == "train.z");
  CHECK(refused("x", {"sgd", 1}) == "train.x.optimizer");
  CHECK(refused("x", {"newton", 1}) == "train.x.optimizer");
  CHECK(refused("x", {"gd", 0}) == "train.x.learning_rate");
  CHECK(refused("x", {"gd", std::nan("")}) == "train.x.learning_rate");
  CHECK(refused("x", {"gd", 1}).empty());
}

}  // namespace lemmata::sim
