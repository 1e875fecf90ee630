#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.h"
#include "sim/model/problem.h"
#include "tests/close.h"
#include "tests/sim/gradient_case.h"

// What Problem offers besides gradients (those: gradient_test.cpp): bits, masks, routing, attended inputs, L2, loads.
using namespace lemmata;
using namespace lemmata::sim;
using namespace lemmata::oracle;

namespace {

GradientCase plain_case(const std::string& kind) {
  GradientCase one;
  one.model.kind = kind, one.model.experts = 3, one.model.heads = 2;
  one.model.expert = {"pooled", "tanh", 2};
  one.loss = "logistic";
  return one;
}

/// Large enough for several tasks and several threads: K = 600, d = 16, L = 5.
Dataset large_data() {
  DataConfig config;
  config.features = 16, config.tokens = 5, config.noise_std = 0.3, config.sampling = "random", config.samples = 600;
  return data_law_named("class_mixture").generate(config, {3, Purpose::data, 0});
}

Evaluation evaluate_large(const GradientCase& one, int threads) {
  ThreadTeam team(threads);
  const Architecture architecture = build_architecture(one.model);
  Problem problem(architecture, *loss_named(one.loss).loss, large_data(), &team);
  const Parameters parameters = initial_parameters(architecture, {0.3, 0.2}, 16, 5);
  Routing routing;
  Evaluation result;
  problem.route(parameters, {1, 2, 1.0}, routing);
  for (int pass = 0; pass < 2; ++pass)
    problem.evaluate(parameters, routing, GradientRequest::all(), result);  // buffers reused
  return result;
}

bool same_bits(const Evaluation& a, const Evaluation& b) {
  bool same = a.loss == b.loss && a.prediction_loss == b.prediction_loss && a.sample_loss == b.sample_loss &&
              a.value == b.value && a.load == b.load;
  for (const char* block : block_names) same = same && a.gradient.block(block) == b.gradient.block(block);
  return same;
}

}  // namespace

TEST_CASE("problem: the same bits for 1, 2, 3 threads, for no team, and on a second pass, where several tasks run") {
  for (const char* kind : {"mot", "shared_attention", "single"}) {
    for (const char* routing : {"expected", "sampled"}) {
      CAPTURE(kind);
      CAPTURE(routing);
      GradientCase one = plain_case(kind);
      one.model.gate.routing = routing;
      const Evaluation alone = evaluate_large(one, 1);
      CHECK(alone.gradient.ffn.norm() > 1e-3);
      for (const int threads : {1, 2, 3}) CHECK(same_bits(alone, evaluate_large(one, threads)));
    }
  }
}

TEST_CASE("problem: one attention shared by 24 experts has the same bits for 1, 2, 3 threads") {
  GradientCase one = plain_case("shared_attention");
  one.model.experts = 24;  // each adds its partial gradients to the one block
  const Evaluation alone = evaluate_large(one, 1);
  CHECK(alone.gradient.attention.norm() > 1e-3);
  for (int again = 0; again < 10; ++again) {
    for (const int threads : {2, 3}) CHECK(same_bits(alone, evaluate_large(one, threads)));
  }
}

namespace {

/// Every block's gradient along one direction, by `threads` threads in several tasks, against the naive sum over
/// samples.
void check_naive_sum(const GradientCase& one, int threads) {
  INFO(one.name());
  const Evaluation found = evaluate_large(one, threads);
  GradientPoint point{build_architecture(one.model), large_data(), {}, {}};
  point.parameters = initial_parameters(point.architecture, {0.3, 0.2}, 16, 5);
  Problem(point.architecture, *loss_named(one.loss).loss, point.data)
      .route(point.parameters, {1, 2, 1.0}, point.routing);
  for (const std::string& block : blocks_of(point.architecture)) {
    CAPTURE(block);
    const Matrix& gradient = found.gradient.block(block);
    const Matrix direction = unit_direction(gradient, 2);
    const double along = gradient.cwiseProduct(direction).sum();
    CHECK(gradient.norm() > 1e-4);
    CHECK(std::abs(along - naive_derivative(one, point, block, direction)) < 1e-13 * gradient.norm());
  }
}

}  // namespace

TEST_CASE("problem: a large batch in chunks and tasks is the naive sum") {
  for (const char* kind : {"mot", "single"}) check_naive_sum(plain_case(kind), 2);
  GradientCase shared = plain_case("shared_attention");
  shared.model.experts = 24;
  check_naive_sum(shared, 3);
}

TEST_CASE(
    "problem: masked weights: gradients, losses and loads of the classes sum to those of the whole, weight 0 is "
    "skipped") {
  const GradientCase one = plain_case("mot");
  const GradientPoint point = gradient_point(one, 1e-4);
  Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
  Evaluation whole, part;
  problem.evaluate(point.parameters, point.routing, GradientRequest::all(), whole);
  Parameters sum = zero_parameters(point.architecture, 7);
  double loss = 0, prediction = 0;
  int classes_present = 0;
  Vector load = Vector::Zero(3);
  for (int n = 0; n < 3; ++n) {
    Vector weight = point.data.weight;
    for (Index k = 0; k < weight.size(); ++k) weight(k) *= point.data.class_index[static_cast<std::size_t>(k)] == n;
    classes_present += weight.sum() > 0;
    problem.evaluate(point.parameters, point.routing, GradientRequest::all(), part, &weight);
    for (const char* block : block_names) sum.block(block) += part.gradient.block(block);
    loss += part.loss, prediction += part.prediction_loss, load += part.load;
    for (Index k = 0; k < weight.size(); ++k) CHECK((part.value.col(k).array() == 0).all() == (weight(k) == 0));
  }
  for (const char* block : block_names) {
    CAPTURE(block);
    CHECK((sum.block(block) - whole.gradient.block(block)).norm() < 1e-14 * whole.gradient.block(block).norm());
  }
  CHECK(classes_present >= 2);
  CHECK(close(loss, whole.loss, 0, 1e-15));
  CHECK(close(prediction, whole.prediction_loss, 0, 1e-15));
  CHECK(close(load.sum(), 1, 0, 1e-14));
}

TEST_CASE("problem: blocks not asked for stay exactly zero and do not change the others") {
  const GradientPoint point = gradient_point(plain_case("mot"), 1e-4);
  Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
  Evaluation all, one;
  problem.evaluate(point.parameters, point.routing, GradientRequest::all(), all);
  for (int asked = 0; asked < 4; ++asked) {
    problem.evaluate(point.parameters, point.routing, {asked == 0, asked == 1, asked == 2, asked == 3}, one);
    for (int block = 0; block < 4; ++block) {
      const std::string name = block_names[static_cast<std::size_t>(block)];
      CHECK(one.gradient.block(name) ==
            (asked == block ? all.gradient.block(name) : Matrix(0 * all.gradient.block(name))));
    }
    CHECK(one.loss == all.loss);
  }
}

TEST_CASE("problem: columns of the gate's gradient sum to zero, so sum_i theta_i is conserved") {
  for (const char* combine : {"one", "probability"}) {
    GradientCase one = plain_case("mot");
    one.model.gate.combine = combine;
    const GradientPoint point = gradient_point(one, 1e-4);
    Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
    Evaluation found;
    problem.evaluate(point.parameters, point.routing, GradientRequest::all(), found);
    CHECK(found.gradient.gate.rowwise().sum().norm() < 1e-15 * found.gradient.gate.norm() * 4);
    CHECK(found.gradient.gate.norm() > 1e-3);
  }
}

TEST_CASE("problem: combine logit by hand: F = (h + r) f with h = 1/2, r = 1/4, f = 2, dL/dtheta = l'(F) f x") {
  Dataset data;
  data.tokens_per_sample = 1, data.classes = 1, data.class_index = {0};
  data.tokens = Vector::Constant(1, 2.0), data.label = data.weight = Vector::Ones(1);
  ModelConfig config;
  config.kind = "attention_free", config.experts = 2;
  config.gate = {"sampled", 1.0, "logit", "tokens"};
  const Architecture architecture = build_architecture(config);
  Problem problem(architecture, *loss_named("squared").loss, data);
  Parameters parameters = initial_parameters(architecture, {0, 0}, 1, 0);
  parameters.ffn << 5, 1;      // f = 2 w
  parameters.gate << 0, 0.25;  // h = 2 theta
  const Matrix noise = Vector({{0.625, 0.25}});
  Routing routing;
  Evaluation found;
  problem.route(parameters, {0, 0, 1, &noise}, routing);
  problem.evaluate(parameters, routing, GradientRequest::all(), found);
  CHECK(routing.weight == Matrix(Vector({{0, 1}})));   // 5/8 < 3/4
  CHECK(found.loss == 0.125);                          // (1 - 3/4 2)^2/2
  CHECK(found.prediction_loss == 0.5);                 // (1 - 2)^2/2: no gate weight
  CHECK(found.gradient.ffn == Matrix({{0.0, 0.75}}));  // (F - 1) (h + r) x = 1/2 3/4 2
  CHECK(found.gradient.gate == Matrix({{0.0, 2.0}}));  // (F - 1) f x = 1/2 2 2
  problem.route_argmax(parameters, routing);
  problem.evaluate(parameters, routing, {}, found);
  CHECK(found.loss == 0);  // no draw: F = h f = 1
}

TEST_CASE("problem: argmax routing, attention weights and attended inputs are the naive ones") {
  const GradientCase one = plain_case("mot");
  const GradientPoint point = gradient_point(one, 1e-4);
  const Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
  const NaiveModel naive(one.model, one.loss);
  const NaiveParameters<double> p(point.parameters);
  Routing routing;
  problem.route_argmax(point.parameters, routing);
  for (Index k = 0; k < point.data.samples(); ++k) {
    const Table<double> x = naive_tokens(point.data, k);
    const auto logit = naive_logits(naive, point.data, p, x);
    const auto best = std::max_element(logit.begin(), logit.end()) - logit.begin();
    CHECK(routing.weight(best, k) == 1);
    CHECK(routing.weight.col(k).sum() == 1);
    for (Index unit = 0; unit < 3; ++unit) {
      const Table<double> weight = naive_attention(naive, p, unit, x);
      const Matrix found = problem.attention_weights(point.parameters, unit, k);
      Vector attended = Vector::Zero(7);
      for (Index l = 0; l < 4; ++l) {
        for (Index j = 0; j < 4; ++j) {
          CHECK(close(found(j, l), weight(j, l), 0, 1e-13));
          for (Index a = 0; a < 7; ++a) attended(a) += weight(j, l) * x(a, j);
        }
      }
      CHECK((problem.attended_inputs(point.parameters, unit).col(k) - attended).norm() < 1e-14 * 4);
    }
  }
}

TEST_CASE("problem: a gate that is not finite gives a loss that is not finite, never a small one") {
  for (const char* routing : {"expected", "sampled"}) {
    GradientCase one = plain_case("mot");
    one.model.gate.routing = routing, one.model.experts = 40;
    const GradientPoint point = gradient_point(one, 1e-4);
    Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Parameters parameters = point.parameters;
      parameters.gate.col(17).setConstant(bad);
      Routing routed;
      Evaluation found;
      problem.route(parameters, {1, 0, 1.0}, routed);
      problem.evaluate(parameters, routed, GradientRequest::all(), found);
      CHECK_FALSE(std::isfinite(found.loss));
    }
  }
}

TEST_CASE(
    "problem: L2 adds (l2/2)||block||^2 of the trained blocks and l2 block to their gradients, never of the gate") {
  const GradientPoint point = gradient_point(plain_case("mot"), 1e-4);
  Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
  Evaluation before, after;
  problem.evaluate(point.parameters, point.routing, GradientRequest::all(), before);
  for (int trained = 0; trained < 4; ++trained) {
    const std::string name = block_names[static_cast<std::size_t>(trained)];
    CAPTURE(name);
    after = before;
    add_l2(point.parameters, 0.75, {trained == 0, trained == 1, trained == 2, trained == 3}, after);
    const bool counted = name != "gate";
    const Matrix& block = point.parameters.block(name);
    CHECK(after.loss == before.loss);
    CHECK(close(after.objective - before.loss, counted ? 0.375 * block.squaredNorm() : 0, 1e-15, 1e-14));
    for (const std::string other : block_names) {
      const Matrix expected =
          before.gradient.block(other) + (counted && other == name ? 0.75 : 0.0) * point.parameters.block(other);
      CHECK((after.gradient.block(other) - expected).norm() < 1e-15 * 10);
    }
  }
}

TEST_CASE(
    "problem: normalise_by_load divides an expert's blocks by its own load and leaves idle experts and the gate "
    "alone") {
  const GradientPoint point = gradient_point(plain_case("mot"), 1e-4);
  Problem problem(point.architecture, *loss_named("logistic").loss, point.data);
  Evaluation before;
  problem.evaluate(point.parameters, point.routing, GradientRequest::all(), before);
  before.load = Vector({{0.5, 0.25, 0}});
  Evaluation after = before;
  normalise_by_load(point.architecture, after);
  CHECK(after.gradient.gate == before.gradient.gate);
  const double factor[] = {2, 4, 1};
  for (Index i = 0; i < 3; ++i) {
    CHECK(after.gradient.ffn.middleCols(2 * i, 2) == factor[i] * before.gradient.ffn.middleCols(2 * i, 2));
    CHECK(after.gradient.attention.middleCols(7 * i, 7) == factor[i] * before.gradient.attention.middleCols(7 * i, 7));
    CHECK(after.gradient.output.col(i) == factor[i] * before.gradient.output.col(i));
  }
}

TEST_CASE("problem: a gate on the class span needs class signals") {
  GradientCase one = plain_case("mot");
  GradientPoint point = gradient_point(one, 1e-4);
  one.model.gate.input = "class_span";
  point.data.class_signal.resize(0, 0);
  CHECK_THROWS_WITH(Problem(build_architecture(one.model), *loss_named("logistic").loss, point.data),
                    doctest::Contains("model.gate.input"));
}
