#include <doctest/doctest.h>

#include <cmath>

#include "tests/close.h"
#include "tests/sim/gradient_case.h"

// Problem::evaluate against the naive model of mot.md and against differences of its own value, in every combination of
// model x form x activation x loss x routing x combine x attention x J.
using namespace lemmata;
using namespace lemmata::sim;
using namespace lemmata::oracle;

namespace {

constexpr double exact = 1e-13;  // rounding of sums of a few hundred terms, norm-wise
constexpr double step = 1e-5;    // central difference: step^2 f'''/6 and 1e-16 f / step, both below 1e-8 of the norm
constexpr double by_difference = 1e-7;
constexpr double kink_distance = 2e-4;  // a step moves no relu and no hinge by more than step x |x| x |Q| < 1e-4

/// What a test case has seen, so that it can assert that it looked at something.
struct Seen {
  int compared = 0, inexact = 0, exact_zeros = 0;
  double worst_step = 0, worst_difference = 0, smallest_norm = 1e300;
};

void check_values(const GradientCase& one, const GradientPoint& point, const Evaluation& found) {
  NaiveModel naive(one.model, one.loss);
  const NaiveParameters<double> p(point.parameters);
  const Matrix value = naive_values(naive, point.data, p);
  const Matrix &q = point.routing.weight, &r = point.routing.draw;
  CHECK(close(found.loss, naive_training_loss(naive, point.data, p, q, r), 0, 1e-14));
  CHECK(found.objective == found.loss);
  for (Index k = 0; k < value.cols(); ++k) {
    const auto logit = naive_logits(naive, point.data, p, naive_tokens(point.data, k));
    const auto pi = naive_probability(logit), c = naive_factor(naive, logit, r, k);
    double own = 0;
    for (Index i = 0; i < value.rows(); ++i) {
      const double f = value(i, k), y = point.data.label(k), factor = naive.gated ? pi[static_cast<std::size_t>(i)] : 1;
      CHECK(close(point.routing.logits(i, k), logit[static_cast<std::size_t>(i)], 1e-15, 1e-14));
      CHECK(close(point.routing.probability(i, k), factor, 0, 1e-14));
      CHECK(close(found.value(i, k), q(i, k) == 0 ? 0 : f, 1e-14, 1e-13));  // f cancels between neurons of both signs
      own += q(i, k) * naive_loss(one.loss, y * c[static_cast<std::size_t>(i)] * f);
    }
    CHECK(close(found.sample_loss(k), own, 1e-15, 1e-13));
  }
  naive.combine = "one";
  CHECK(close(found.prediction_loss, naive_training_loss(naive, point.data, p, q, r), 0, 1e-14));
  for (Index i = 0; i < q.rows(); ++i) CHECK(close(found.load(i), q.row(i).dot(point.data.weight), 1e-16, 1e-15));
}

/// The simulator's own value of what it differentiates in `block`, at a displacement. The gate's objective is the
/// training loss of the same model with combine `probability`, q fixed; with combine `logit` its own training loss.
double own_value(const GradientCase& one, const GradientPoint& point, const std::string& block,
                 const Matrix& displacement) {
  GradientCase twin = one;
  if (block == "gate" && one.model.gate.combine == "one") twin.model.gate.combine = "probability";
  Problem problem(build_architecture(twin.model), *loss_named(one.loss).loss, point.data);
  Parameters moved = point.parameters;
  moved.block(block) += displacement;
  Routing routing = point.routing;
  if (block == "gate") problem.route(moved, {}, routing);
  routing.weight = point.routing.weight, routing.draw = point.routing.draw;
  Evaluation evaluation;
  problem.evaluate(moved, routing, {}, evaluation);
  return evaluation.loss;
}

void check_direction(const GradientCase& one, const GradientPoint& point, const std::string& block,
                     const Matrix& gradient, const Matrix& direction, Seen& seen) {
  const double norm = gradient.norm(), along = gradient.cwiseProduct(direction).sum();
  const double by_step = std::abs(along - naive_derivative(one, point, block, direction)) / norm;
  const double numeric =
      (own_value(one, point, block, step * direction) - own_value(one, point, block, -step * direction)) / (2 * step);
  CHECK(by_step < exact);
  CHECK(std::abs(along - numeric) / norm < by_difference);
  ++seen.compared;
  seen.inexact += by_step != 0;
  seen.worst_step = std::fmax(seen.worst_step, by_step);
  seen.worst_difference = std::fmax(seen.worst_difference, std::abs(along - numeric) / norm);
}

void check_every_coordinate(const GradientCase& one, const GradientPoint& point, const std::string& block,
                            const Matrix& gradient, Seen& seen) {
  Matrix naive(gradient.rows(), gradient.cols()), direction = Matrix::Zero(gradient.rows(), gradient.cols());
  for (Index entry = 0; entry < gradient.size(); ++entry) {
    direction(entry) = 1;
    naive(entry) = naive_derivative(one, point, block, direction);
    direction(entry) = 0;
  }
  const double difference = (gradient - naive).norm() / naive.norm();
  CHECK(difference < exact);
  seen.worst_step = std::fmax(seen.worst_step, difference);
}

void check_case(const GradientCase& one, bool every_coordinate, Seen& seen) {
  INFO(one.name());
  const GradientPoint point = gradient_point(one, kink_distance);
  Problem problem(point.architecture, *loss_named(one.loss).loss, point.data);
  Evaluation found;
  problem.evaluate(point.parameters, point.routing, GradientRequest::all(), found);
  check_values(one, point, found);
  for (const std::string& block : blocks_of(point.architecture)) {
    CAPTURE(block);
    const Matrix& gradient = found.gradient.block(block);
    REQUIRE(gradient.rows() == point.parameters.block(block).rows());
    REQUIRE(gradient.cols() == point.parameters.block(block).cols());
    if (block == "attention" && !point.architecture.attention->uses_scores()) {
      CHECK((gradient.array() == 0).all());
      ++seen.exact_zeros;
      continue;
    }
    CHECK(gradient.norm() > 1e-5);  // the square of a mean of small numbers under linear attention: 5e-5
    seen.smallest_norm = std::fmin(seen.smallest_norm, gradient.norm());
    check_direction(one, point, block, gradient, unit_direction(gradient, 1), seen);
    if (every_coordinate) check_every_coordinate(one, point, block, gradient, seen);
  }
}

/// Every combination of one kind; every 37th is compared coordinate by coordinate.
int check_kind(const std::string& kind, const std::vector<std::string>& gate_inputs = {"tokens"}) {
  Seen seen;
  int number = -1;
  const int count =
      for_every_case(kind, gate_inputs, [&](const GradientCase& one) { check_case(one, ++number % 37 == 0, seen); });
  MESSAGE(kind << ": " << count << " combinations, " << seen.compared << " blocks, " << seen.exact_zeros
               << " exactly zero; worst complex step " << seen.worst_step << ", worst difference "
               << seen.worst_difference << ", smallest norm " << seen.smallest_norm);
  CHECK(seen.compared >= 2 * count);
  CHECK(seen.inexact > seen.compared / 4);  // two different computations: they cannot agree to the last bit everywhere
  return count;
}

}  // namespace

// 19 = 1 (linear) + 3 forms x 6 activations; 5 losses; 2 combines with expected routing and 3 with sampled; 3
// attentions; J in {1, 4}
constexpr int gated_cases = 19 * 5 * (2 + 3) * 3 * 2;
TEST_CASE("gradient: mot, all 2850 combinations") { CHECK(check_kind("mot") == gated_cases); }
TEST_CASE("gradient: shared_attention, all 2850 combinations") { CHECK(check_kind("shared_attention") == gated_cases); }
TEST_CASE("gradient: attention_free, all 950 combinations") { CHECK(check_kind("attention_free") == gated_cases / 3); }
TEST_CASE("gradient: single with two heads, all 570 combinations") { CHECK(check_kind("single") == 19 * 5 * 3 * 2); }
TEST_CASE("gradient: dense, all 190 combinations") { CHECK(check_kind("dense") == 19 * 5 * 2); }
TEST_CASE("gradient: two_head_relu, all 15 combinations") { CHECK(check_kind("two_head_relu") == 5 * 3); }
TEST_CASE("gradient: a gate that sees the class span or its expert's attention output, all 5700 combinations") {
  CHECK(check_kind("mot", {"class_span", "attention"}) == 2 * gated_cases);
}
TEST_CASE("gradient: the same gate inputs with shared attention, all 5700 combinations") {
  CHECK(check_kind("shared_attention", {"class_span", "attention"}) == 2 * gated_cases);
}

// The convention that makes a gate on the attention output differ from the others: with combine `probability` the loss
// depends on Q through pi too, and that part is left out.
TEST_CASE("gradient: a gate's input is a constant: with input attention, pi's dependence on Q is in no gradient") {
  for (const char* kind : {"mot", "shared_attention"}) {
    GradientCase one;
    one.model.kind = kind, one.model.experts = 3, one.loss = "logistic";
    one.model.gate = {"expected", 1.0, "probability", "attention"};
    INFO(one.name());
    const GradientPoint point = gradient_point(one, 0);
    Problem problem(point.architecture, *loss_named(one.loss).loss, point.data);
    Evaluation found;
    problem.evaluate(point.parameters, point.routing, GradientRequest::all(), found);
    const Matrix& gradient = found.gradient.attention;
    const Matrix direction = unit_direction(gradient, 1);
    const auto loss_at = [&](double distance) {  // pi and h at the displaced Q, q as it was
      Parameters moved = point.parameters;
      moved.attention += distance * direction;
      Routing routing;
      Evaluation evaluation;
      problem.route(moved, {}, routing);
      routing.weight = point.routing.weight;
      problem.evaluate(moved, routing, {}, evaluation);
      return evaluation.loss;
    };
    const double total = (loss_at(step) - loss_at(-step)) / (2 * step), along = gradient.cwiseProduct(direction).sum();
    CHECK(std::abs(along - total) > 1e-3 * gradient.norm());
  }
}
