#include "sim/model/hessian.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/error.h"
#include "tests/close.h"
#include "tests/oracle/hyper_dual.h"
#include "tests/sim/gradient_case.h"

// Second derivatives in ffn and attention: against the naive model in hyper-dual numbers, and central differences of
// the gradient.
using namespace lemmata;
using namespace lemmata::sim;
using namespace lemmata::oracle;

namespace {

/// u^T H v by the naive model: u and v move ffn and attention at once.
double naive_second_derivative(const GradientCase& one, const GradientPoint& point, const Parameters& u,
                               const Parameters& v) {
  NaiveParameters<HyperDual> moved(point.parameters);
  for (const char* block : {"ffn", "attention"}) {
    const Matrix& du = u.block(block);
    const Matrix& dv = v.block(block);
    for (Index c = 0; c < du.cols(); ++c)
      for (Index r = 0; r < du.rows(); ++r) moved.block(block)(r, c) += HyperDual(0, du(r, c), dv(r, c));
  }
  return naive_training_loss(NaiveModel(one.model, one.loss), point.data, moved, point.routing.weight,
                             point.routing.draw)
      .d;
}

Parameters direction_of(const GradientPoint& point, std::uint64_t index) {
  Parameters direction = zero_parameters(point.architecture, 7);
  direction.ffn = unit_direction(direction.ffn, index);
  direction.attention = unit_direction(direction.attention, index + 1000);
  direction.gate.setConstant(1e3);  // must not be read
  direction.output.setConstant(1e3);
  return direction;
}

double inner(const Parameters& a, const Parameters& b) {
  return a.ffn.cwiseProduct(b.ffn).sum() + a.attention.cwiseProduct(b.attention).sum();
}

double norm(const Parameters& a) { return std::sqrt(inner(a, a)); }

Parameters gradient_at(Problem& problem, const GradientPoint& point, const Parameters& direction, double t) {
  Parameters moved = point.parameters;
  moved.ffn += t * direction.ffn;
  moved.attention += t * direction.attention;
  Evaluation found;
  problem.evaluate(moved, point.routing, {true, true, false, false}, found);
  return found.gradient;
}

struct Worst {
  double exact = 0, difference = 0;
  int inexact = 0, compared = 0;
};

void check_product(const GradientCase& one, Worst& worst) {
  INFO(one.name());
  const GradientPoint point = gradient_point(one, 2e-4);
  Problem problem(point.architecture, *loss_named(one.loss).loss, point.data);
  const Parameters u = direction_of(point, 1), v = direction_of(point, 2);
  const Parameters hu = hessian_vector_product(problem, point.parameters, point.routing, u);
  const Parameters hv = hessian_vector_product(problem, point.parameters, point.routing, v);
  const double scale = norm(hv);
  CHECK(scale > 1e-5);
  CHECK((hv.gate.array() == 0).all());
  CHECK((hv.output.array() == 0).all());
  const double exact = std::abs(inner(u, hv) - naive_second_derivative(one, point, u, v)) / scale;
  CHECK(exact < 1e-12);  // rounding of sums that cancel, norm-wise; 1e-11 is wanted
  CHECK(std::abs(inner(u, hv) - inner(v, hu)) / scale < 1e-12);  // symmetry
  const double h = 1e-5;  // no kink within h; truncation h^2 f''''/6, rounding 1e-16 g / h
  const Parameters up = gradient_at(problem, point, v, h), down = gradient_at(problem, point, v, -h);
  const double difference = ((up.ffn - down.ffn) / (2 * h) - hv.ffn).norm() +
                            ((up.attention - down.attention) / (2 * h) - hv.attention).norm();
  CHECK(difference / scale < 1e-7);
  Parameters sum = zero_parameters(point.architecture, 7);
  for (Index expert = 0; expert < point.architecture.experts; ++expert) {
    const Parameters part = hessian_vector_product(problem, point.parameters, point.routing, v, expert);
    sum.ffn += part.ffn, sum.attention += part.attention;
  }
  CHECK((sum.ffn - hv.ffn).norm() + (sum.attention - hv.attention).norm() < 1e-14 * scale);
  worst.exact = std::fmax(worst.exact, exact);
  worst.difference = std::fmax(worst.difference, difference / scale);
  worst.inexact += exact != 0, ++worst.compared;
}

GradientCase blocks_case(const std::string& kind, const std::string& form, const std::string& activation,
                         long neurons) {
  GradientCase one;
  one.model.kind = kind, one.model.experts = 3, one.model.heads = 2;
  one.model.expert = {form, activation, neurons};
  one.model.gate.combine = "probability";
  one.loss = "logistic";
  return one;
}

}  // namespace

TEST_CASE("hessian: products in every 7th combination of every kind, 1065 cases") {
  Worst worst;
  for (const char* kind : {"mot", "shared_attention", "attention_free", "single", "dense", "two_head_relu"}) {
    int number = 0;
    for_every_case(kind, {"tokens"}, [&](const GradientCase& one) {
      if (number++ % 7 == 0) check_product(one, worst);
    });
  }
  MESSAGE(worst.compared << " products; worst against hyper-dual " << worst.exact << ", against differences "
                         << worst.difference);
  CHECK(worst.compared == 408 + 408 + 136 + 82 + 28 + 3);
  CHECK(worst.inexact > worst.compared / 2);
}

TEST_CASE("hessian: dense blocks in w and in Q, entry by entry against hyper-dual numbers") {
  GradientCase skewed = blocks_case("mot", "linear", "identity", 2);
  skewed.loss = "exponential";  // a curvature that is not even in the margin
  GradientCase scored = blocks_case("mot", "linear", "identity", 2);
  scored.loss = "double_softmax", scored.model.gate.routing = "sampled", scored.model.gate.combine = "logit";
  for (const GradientCase& one :
       {skewed, scored, blocks_case("mot", "pooled", "tanh", 2), blocks_case("single", "linear", "identity", 2),
        blocks_case("mot", "linear", "identity", 1), blocks_case("shared_attention", "token", "silu", 2),
        blocks_case("dense", "averaged", "cubic", 2), blocks_case("mot", "pooled", "relu", 2),
        blocks_case("dense", "token", "relu", 3), blocks_case("two_head_relu", "averaged", "relu", 1)}) {
    INFO(one.name());
    const GradientPoint point = gradient_point(one, 1e-4);
    const Problem problem(point.architecture, *loss_named(one.loss).loss, point.data);
    const auto compare = [&](const char* block, Index first, Index columns, const Matrix& hessian) {
      REQUIRE(hessian.rows() == 7 * columns);
      CHECK((hessian - hessian.transpose()).norm() == 0);
      CHECK(hessian.norm() > 1e-4);
      Parameters u = zero_parameters(point.architecture, 7), v = u;
      for (Index i = 0; i < hessian.rows(); i += 3) {
        for (Index j = 0; j < hessian.rows(); j += 5) {
          u.block(block)(i % 7, first + i / 7) = 1;
          v.block(block)(j % 7, first + j / 7) = 1;
          CHECK(std::abs(hessian(i, j) - naive_second_derivative(one, point, u, v)) < 1e-13 * hessian.norm());
          u.set_zero(), v.set_zero();
        }
      }
    };
    const Index neurons = one.model.expert.neurons;
    for (Index unit = 0; unit < point.architecture.units(); ++unit) {
      compare("ffn", unit * neurons, neurons, ffn_hessian(problem, point.parameters, point.routing, unit));
    }
    for (Index a = 0; a < point.architecture.attentions() && point.architecture.attention->uses_scores(); ++a) {
      compare("attention", 7 * a, 7, attention_hessian(problem, point.parameters, point.routing, a));
    }
  }
}

TEST_CASE("hessian: linear form, squared loss, uniform attention: exactly sum_k weight q u_k u_k^T, whatever w is") {
  GradientCase one = blocks_case("attention_free", "linear", "identity", 1);
  one.model.gate.combine = "one", one.loss = "squared";
  const GradientPoint point = gradient_point(one, 1e-4);
  const Problem problem(point.architecture, *loss_named("squared").loss, point.data);
  for (Index expert = 0; expert < 3; ++expert) {
    Matrix design = Matrix::Zero(7, 7);
    for (Index k = 0; k < point.data.samples(); ++k) {
      const Vector u = point.data.tokens.middleCols(4 * k, 4).rowwise().sum();  // sum_jl (1/L) x_j
      design += point.data.weight(k) * point.routing.weight(expert, k) * u * u.transpose();
    }
    const double a = point.parameters.output(0, expert);
    CHECK((ffn_hessian(problem, point.parameters, point.routing, expert) - a * a * design).norm() <
          1e-14 * design.norm());
  }
}

TEST_CASE("hessian: at a relu's kink the flat side counts, just beside it the curvature of the loss") {
  Dataset data;
  data.tokens_per_sample = 1, data.classes = 1;
  data.tokens = Vector::Constant(1, 2.0), data.label = data.weight = Vector::Ones(1), data.class_index = {0};
  ModelConfig config;
  config.kind = "dense", config.expert = {"token", "relu", 1};
  const Architecture architecture = build_architecture(config);
  const Problem problem(architecture, *loss_named("squared").loss, data);
  Parameters parameters = initial_parameters(architecture, {0, 0}, 1, 0);
  Routing routing;
  problem.route(parameters, {}, routing);
  for (const double w : {-0.125, 0.0, 0.125}) {
    parameters.ffn(0, 0) = w;
    CHECK(ffn_hessian(problem, parameters, routing, 0)(0, 0) == (w > 0 ? 4 : 0));  // (1 - 2 w)^2/2
  }
}

TEST_CASE("hessian: a block above the stated size is refused, not attempted") {
  DataConfig data;
  data.features = 50;
  const Dataset big = data_law_named("class_mixture").generate(data, {});
  const Architecture architecture = build_architecture(ModelConfig{});
  const Problem problem(architecture, *loss_named("squared").loss, big);
  const Parameters parameters = initial_parameters(architecture, {}, 50, 0);
  Routing routing;
  problem.route(parameters, {}, routing);
  CHECK_THROWS_AS(attention_hessian(problem, parameters, routing, 0), ConfigError);
  CHECK(ffn_hessian(problem, parameters, routing, 0).rows() == 50);
}
