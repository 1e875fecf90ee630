#include "analysis/convexity_proof.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "analysis/frozen_optimum.h"
#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

/// One expert, Q = 0, every sample with the same share; columns of `tokens` in groups of `length`.
ExactSubtask plain(const Matrix& tokens, Index length, MarginLoss loss = MarginLoss::squared) {
  const Index features = tokens.rows(), samples = tokens.cols() / length;
  return {loss,
          tokens,
          length,
          Vector::Ones(samples),
          Vector::Constant(samples, 1 / static_cast<double>(samples)),
          Matrix::Zero(features, features),
          Matrix::Zero(features, 1),
          1,
          0};
}

/// One feature, one token 1, label y: H = l'' of the margin y w.
ExactSubtask scalar(MarginLoss loss, double label = 1) {
  ExactSubtask task = plain(Matrix::Ones(1, 1), 1, loss);
  task.labels(0) = label;
  return task;
}

WeightBox interval(double lower, double upper) { return {Vector::Constant(1, lower), Vector::Constant(1, upper)}; }

/// Proven a relative 1e-8 below the constant (a box's ends are widened by 2^-30) and not proven as far above.
bool is_sharp_at(double constant, const ExactSubtask& task, const std::optional<WeightBox>& box) {
  return prove_strong_convexity(task, box, constant * (1 - 1e-8)).proven &&
         !prove_strong_convexity(task, box, constant * (1 + 1e-8)).proven;
}

Matrix columns(Index rows, std::initializer_list<double> values) {
  return Eigen::Map<const Matrix>(values.begin(), rows, static_cast<Index>(values.size()) / rows);
}

// The dyadic subtask of convexity_golden.py.
ExactSubtask dyadic(MarginLoss loss) {
  Matrix tokens(3, 8), q(3, 3);
  for (Index k = 0; k < 4; ++k) {
    for (Index j = 0; j < 2; ++j) {
      for (Index i = 0; i < 3; ++i) {  // the remainder of Python: never negative here
        tokens(i, 2 * k + j) = static_cast<double>((7 * i * i + 5 * j + 3 * k * k + 4 * i * j * k) % 13 - 6) / 8;
      }
    }
  }
  for (Index a = 0; a < 3; ++a) {
    for (Index b = 0; b < 3; ++b) q(a, b) = static_cast<double>((3 * a + 5 * b + a * b) % 7 - 3) / 4;
  }
  ExactSubtask task = plain(tokens, 2, loss);
  task.attention = q;
  task.labels << 1, -1, 1, -1;
  task.share << 1. / 16, 2. / 16, 3. / 16, 4. / 16;
  return task;
}

const Vector dyadic_point = (Vector(3) << 0.5, -0.75, 1.25).finished();

}  // namespace

TEST_CASE("two orthogonal tokens 2 e_1, e_2, half of the mean each: H = diag(2, 1/2), so mu < 1/2 and no more") {
  const ExactSubtask task = plain(columns(2, {2, 0, 0, 1}), 1);
  const ConvexityProof proof = prove_strong_convexity(task, std::nullopt, 0.5 - 0x1p-50);
  CHECK(proof.proven);
  CHECK(proof.missing.empty());
  CHECK(proof.dimension == 2);
  CHECK(proof.samples == 2);
  const ConvexityProof at = prove_strong_convexity(task, std::nullopt, 0.5);
  CHECK_FALSE(at.proven);
  CHECK(at.missing.find("positive definite") != std::string::npos);
}

TEST_CASE("uniform attention adds the tokens: one sample (2,0), (0,1) has one direction of two, its mirror the other") {
  ExactSubtask task = plain(columns(2, {2, 0, 0, 1}), 2);
  CHECK(prove_strong_convexity(task, std::nullopt, 1e-9).dimension == 2);
  CHECK_FALSE(prove_strong_convexity(task, std::nullopt, 1e-9).proven);  // H = u u^T, u = (2, 1)
  task = plain(columns(2, {2, 0, 0, 1, 2, 0, 0, -1}), 2);
  CHECK(is_sharp_at(1, task, std::nullopt));  // diag(4, 1)
}

TEST_CASE("directions that no token has are not asked for: tokens in the plane of 5 features are 2 dimensions") {
  const ConvexityProof proof =
      prove_strong_convexity(plain(columns(5, {0, 2, 0, 0, 0, 0, 0, 0, 1, 0}), 1), std::nullopt, 0.4);
  CHECK(proof.proven);
  CHECK(proof.dimension == 2);
}

TEST_CASE("the dimension is exact: a token off by one unit in the last place is a direction of its own") {
  const ExactSubtask line = plain(columns(2, {0.1, 0.2, 0.3, 0.6}), 1);
  CHECK(prove_strong_convexity(line, std::nullopt, 1e-3).dimension == 1);
  CHECK(prove_strong_convexity(line, std::nullopt, 1e-3).proven);
  const ExactSubtask off = plain(columns(2, {0.1, 0.2, 0.3, std::nextafter(0.6, 1)}), 1);
  CHECK(prove_strong_convexity(off, std::nullopt, 1e-3).dimension == 2);
  CHECK_FALSE(prove_strong_convexity(off, std::nullopt, 1e-3).proven);  // lambda_min is about 1e-35
  CHECK(prove_strong_convexity(off, std::nullopt, 1e-36, 256).proven);
  const ExactSubtask far = plain(columns(2, {1e300, 0, 0, 1e-300, 5e-324, 0}), 1);
  CHECK(prove_strong_convexity(far, std::nullopt, 1e-310).dimension == 2);
}

TEST_CASE("routing is certain from a lead of nu on: at 1 proven for both experts, one unit below for neither") {
  ExactSubtask task = plain(columns(1, {2}), 1);
  task.gate = columns(1, {0.75, 0.25});  // logits 1.5 and 0.5
  CHECK(prove_strong_convexity(task, std::nullopt, 3.9).proven);
  task.expert = 1;
  const ConvexityProof idle = prove_strong_convexity(task, std::nullopt, 3.9);
  CHECK_FALSE(idle.proven);
  CHECK(idle.samples == 0);
  CHECK(idle.missing.find("no sample reaches the expert") != std::string::npos);
  task.gate(0, 1) = std::nextafter(0.25, 1);
  for (Index expert = 0; expert < 2; ++expert) {
    task.expert = expert;
    const ConvexityProof proof = prove_strong_convexity(task, std::nullopt, 3.9);
    CHECK_FALSE(proof.proven);
    CHECK(proof.missing.find("sample 0 reaches the expert with a probability") != std::string::npos);
  }
  CHECK_THROWS_AS(least_hessian(task, std::nullopt), std::runtime_error);
}

TEST_CASE("the least l'' over [-1, 2]: logistic l''(2) on both sides, exponential e^-2, or e^-1 for label -1") {
  const WeightBox box = interval(-1, 2);
  for (const double label : {1.0, -1.0})
    CHECK(is_sharp_at(0.10499358540350652, scalar(MarginLoss::logistic, label), box));
  CHECK(is_sharp_at(std::exp(-2), scalar(MarginLoss::exponential), box));
  CHECK(is_sharp_at(std::exp(-1), scalar(MarginLoss::exponential, -1), box));
  CHECK(is_sharp_at(0.25, scalar(MarginLoss::logistic), interval(0, 0)));
  CHECK(is_sharp_at(1, scalar(MarginLoss::squared), box));
}

TEST_CASE("squared hinge: 1 where every margin is below 1, nothing where one may reach it") {
  CHECK(is_sharp_at(1, scalar(MarginLoss::squared_hinge), interval(-3, 0.999)));
  CHECK_FALSE(prove_strong_convexity(scalar(MarginLoss::squared_hinge), interval(-3, 1), 1e-9).proven);
  CHECK_FALSE(prove_strong_convexity(scalar(MarginLoss::squared_hinge, -1), interval(-3, 0.999), 1e-9).proven);
}

TEST_CASE("on every w only squared loss has a constant") {
  CHECK(prove_strong_convexity(scalar(MarginLoss::squared), std::nullopt, 0.999).proven);
  for (const MarginLoss loss : {MarginLoss::squared_hinge, MarginLoss::logistic, MarginLoss::exponential})
    CHECK_FALSE(prove_strong_convexity(scalar(loss), std::nullopt, 1e-300).proven);
}

TEST_CASE("a Hessian against 50-digit arithmetic (convexity_golden.py): entries enclosed, the constant sharp") {
  const struct {
    MarginLoss loss;
    double entries[6], least;
  } golden[] = {{MarginLoss::squared,
                 {0.13787553452697216999, -0.19648606351935394168, 0.3712974610965614343, 0.053108614087517263881,
                  -0.11874275886089758551, 0.04177904054884623737},
                 0.00077160669575739221979},
                {MarginLoss::logistic,
                 {0.023384492645997591267, -0.030112933320398533362, 0.058174019770017997498, 0.0074599979430084276974,
                  -0.019007207480556479247, 0.0071118418266748933995},
                 0.00013183931002909452999},
                {MarginLoss::exponential,
                 {0.21816237451171982445, -0.24584205028348259941, 0.32907405269048918779, 0.070170585196915464601,
                  -0.10587097642307527192, 0.037068862125272059838},
                 0.00052284036281900568721}};
  for (const auto& expected : golden) {
    const ExactSubtask task = dyadic(expected.loss);
    const std::optional<WeightBox> box = WeightBox{dyadic_point, dyadic_point};
    const MatrixEnclosure found = least_hessian(task, box);
    for (Index a = 0, n = 0; a < 3; ++a) {
      for (Index b = 0; b <= a; ++b, ++n) {
        CHECK(found.lower(a, b) <= expected.entries[n]);  // the double nearest to the exact number
        CHECK(expected.entries[n] <= found.upper(a, b));
        CHECK(close(found.lower(a, b), found.upper(a, b), 0, 3e-16));  // neighbouring doubles
      }
    }
    CHECK(is_sharp_at(expected.least, task, box));
    CHECK(prove_strong_convexity(task, box, expected.least * (1 - 1e-14)).proven);
    CHECK_FALSE(prove_strong_convexity(task, box, expected.least * (1 + 1e-14)).proven);
  }
}

TEST_CASE("a larger box has a smaller least Hessian, and more bits change nothing but the last") {
  const ExactSubtask task = dyadic(MarginLoss::logistic);
  const std::optional<WeightBox> point = WeightBox{dyadic_point, dyadic_point},
                                 wide = WeightBox{dyadic_point.array() - 1, dyadic_point.array() + 0.5};
  CHECK(least_hessian(task, wide).upper.trace() < least_hessian(task, point).lower.trace());
  const MatrixEnclosure few = least_hessian(task, point, 64), many = least_hessian(task, point, 512);
  CHECK((few.lower.array() <= many.lower.array()).all());
  CHECK((few.upper.array() >= many.upper.array()).all());
}

TEST_CASE("numbers and shapes that make no subtask are refused") {
  const ExactSubtask good = plain(columns(2, {2, 0, 0, 1}), 1);
  const auto refused = [&](const auto& spoil) {
    ExactSubtask task = good;
    spoil(task);
    CHECK_THROWS_AS(prove_strong_convexity(task, std::nullopt, 0.1), std::invalid_argument);
  };
  refused([](ExactSubtask& task) { task.tokens_per_sample = 2; });
  refused([](ExactSubtask& task) { task.tokens(0, 0) = std::nan(""); });
  refused([](ExactSubtask& task) { task.share(1) = 0; });
  refused([](ExactSubtask& task) { task.labels(1) = 0; });
  refused([](ExactSubtask& task) { task.attention = Matrix::Zero(2, 1); });
  refused([](ExactSubtask& task) { task.expert = 1; });
  refused([](ExactSubtask& task) { task.gate_noise = std::nan(""); });
  for (const double modulus : {0.0, -1.0, std::nan("")})
    CHECK_THROWS_AS(prove_strong_convexity(good, std::nullopt, modulus), std::invalid_argument);
  const Vector one = Vector::Ones(2);
  CHECK_THROWS_AS(prove_strong_convexity(good, WeightBox{one, -one}, 0.1), std::invalid_argument);
  CHECK_THROWS_AS(prove_strong_convexity(good, WeightBox{one, Vector::Ones(3)}, 0.1), std::invalid_argument);
  CHECK_THROWS_AS(prove_strong_convexity(good, std::nullopt, 0.1, 1), std::invalid_argument);
}
