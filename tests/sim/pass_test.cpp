#include "sim/model/pass.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/sim/gradient_case.h"

// What a pass skips must not show: tokens along an axis, zero tokens. (Tasks, chunks and threads: problem_test.cpp.)
using namespace lemmata;
using namespace lemmata::sim;
using namespace lemmata::oracle;

TEST_CASE(
    "token axes by hand: (0,5,0) lies along 1, (0,0,-1e-300) along 2, (1,0,1) and a NaN among others along none, 0 "
    "along 0") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Matrix tokens(3, 6);
  tokens.transpose() << 0, 5, 0, 0, 0, -1e-300, 1, 0, 1, 1, nan, 0, 0, 0, 0, 1, 2, 3;
  const std::vector<TokenAxis> axes = token_axes(tokens);
  const Index axis[] = {1, 2, -1, -1, 0, -1};
  REQUIRE(axes.size() == 6);
  for (std::size_t column = 0; column < 6; ++column) CHECK(axes[column].axis == axis[column]);
  CHECK(axes[0].value == 5);
  CHECK(axes[1].value == -1e-300);
  CHECK(axes[4].value == 0);
}

TEST_CASE(
    "pass: values and gradients are the naive ones where tokens lie along axes, first, last, between others, all or "
    "none") {
  int compared = 0;
  for (const char* kind : {"mot", "shared_attention", "single"}) {
    for (const char* attention : {"softmax", "linear", "uniform"}) {
      GradientCase one;
      one.model.kind = kind, one.model.experts = 3, one.model.heads = 2, one.model.attention = attention;
      one.model.expert = {"pooled", "tanh", 2};
      one.loss = "logistic";
      INFO(one.name());
      GradientPoint point = gradient_point(one, 0);
      const auto lay = [&](Index sample, Index token, Index axis, double value) {
        point.data.tokens.col(4 * sample + token) = value * Vector::Unit(7, axis);
      };
      for (Index token = 0; token < 4; ++token) lay(0, token, token, 1.5), lay(1, token, 6, token == 2 ? 0 : -1);
      lay(2, 0, 3, 2), lay(2, 3, 3, -2), lay(3, 1, 0, 1), lay(3, 2, 5, 0.7), lay(4, 0, 0, 0);
      Problem problem(point.architecture, *loss_named(one.loss).loss, point.data);
      problem.route(point.parameters, {1, 5, 1.0}, point.routing);
      Evaluation found;
      problem.evaluate(point.parameters, point.routing, GradientRequest::all(), found);
      for (const std::string& block : blocks_of(point.architecture)) {
        CAPTURE(block);
        const Matrix& gradient = found.gradient.block(block);
        const Matrix direction = unit_direction(gradient, 2);
        const double along = gradient.cwiseProduct(direction).sum();
        CHECK(std::abs(along - naive_derivative(one, point, block, direction)) < 1e-13 * gradient.norm() + 1e-300);
        compared += gradient.norm() > 1e-3;
      }
    }
  }
  CHECK(compared == 2 * (4 + 4 + 3) + (3 + 3 + 2));  // under uniform attention its gradient is zero
}
