#include "sim/attention/attention.h"

#include <doctest/doctest.h>

#include <complex>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/close.h"
#include "tests/oracle/naive_model.h"

using namespace lemmata;
using namespace lemmata::sim;
using oracle::HyperDual;
using oracle::Table;

namespace {

Matrix normal_matrix(Index rows, Index cols, std::uint64_t index, double scale = 1) {
  Matrix m(rows, cols);
  Philox random(1, Purpose::test, index);
  for (double& x : m.reshaped()) x = scale * random.normal();
  return m;
}

/// A(S), straight from mot.md section 2: with tokens e_1..e_L and Q = S the scores are S itself.
template <class T>
Table<T> naive_weights(const std::string& kind, const Table<T>& scores) {
  ModelConfig config;
  config.attention = kind;
  const oracle::NaiveModel model(config, "squared");
  oracle::NaiveParameters<T> p{Parameters{}};
  p.attention = scores;
  return oracle::naive_attention(model, p, 0, Table<double>(Matrix::Identity(scores.rows, scores.rows)));
}

double largest_difference(const Matrix& a, const Matrix& b) { return (a - b).cwiseAbs().maxCoeff(); }

}  // namespace

TEST_CASE("attention: by hand, scores (0, ln 3) give softmax (1/4, 3/4), linear (0, ln 3 / 2), uniform (1/2, 1/2)") {
  Matrix scores(2, 2);
  scores << 0, 0, std::log(3.0), 0;
  Matrix softmax = scores, linear = scores, uniform = scores;
  attention_named("softmax").attention->weights(softmax);
  attention_named("linear").attention->weights(linear);
  attention_named("uniform").attention->weights(uniform);
  CHECK(close(softmax(0, 0), 0.25, 0, 1e-15));  // two roundings
  CHECK(close(softmax(1, 0), 0.75, 0, 1e-15));
  CHECK(softmax(0, 1) == 0.5);
  CHECK(linear(1, 0) == std::log(3.0) / 2);
  CHECK(uniform(1, 0) == 0.5);
  CHECK(attentions().size() == 3);
}

TEST_CASE("attention: weights, and their declared sums and shift invariance") {
  for (const AttentionEntry& entry : attentions()) {
    CAPTURE(entry.name);
    const Matrix scores = normal_matrix(5, 5, 1, 2);
    Matrix weight = scores, shifted = scores;
    entry.attention->weights(weight);
    const Table<double> naive = naive_weights(entry.name, Table<double>(scores));
    for (Index l = 0; l < 5; ++l)
      for (Index j = 0; j < 5; ++j) CHECK(close(weight(j, l), naive(j, l), 0, 1e-14));
    const double sum_error = (weight.colwise().sum().array() - 1).abs().maxCoeff();
    CHECK((sum_error < 1e-15) == entry.columns_sum_to_one);
    for (Index l = 0; l < 5; ++l) shifted.col(l).array() += 3.0 * static_cast<double>(l) - 5;
    entry.attention->weights(shifted);
    CHECK((largest_difference(shifted, weight) < 1e-14) == entry.shift_invariant);
    CHECK(entry.attention->uses_scores() == (entry.name != "uniform"));
  }
}

TEST_CASE("attention: softmax of scores around +-2000 neither overflows nor loses the small ones") {
  Matrix scores(3, 1);
  scores << 2000, 1999, -2000;
  attention_named("softmax").attention->weights(scores);
  CHECK(close(scores(0, 0), 1 / (1 + std::exp(-1.0)), 0, 1e-15));
  CHECK(close(scores(1, 0), std::exp(-1.0) / (1 + std::exp(-1.0)), 0, 1e-15));
  CHECK(scores(2, 0) == 0);
}

TEST_CASE("attention: backward is the complex step of <dA, A(S)>, exactly 0 where scores are not used") {
  for (const AttentionEntry& entry : attentions()) {
    CAPTURE(entry.name);
    const Matrix scores = normal_matrix(4, 4, 2), d_weights = normal_matrix(4, 4, 3);
    Matrix weight = scores, d_scores = d_weights;
    entry.attention->weights(weight);
    entry.attention->backward(weight, d_scores);
    double largest = 0;
    for (Index key = 0; key < 4; ++key) {
      for (Index query = 0; query < 4; ++query) {
        Table<std::complex<double>> moved{scores};
        moved(key, query) += std::complex<double>(0, 1e-100);
        const auto naive = naive_weights(entry.name, moved);
        double derivative = 0;
        for (Index l = 0; l < 4; ++l)
          for (Index j = 0; j < 4; ++j) derivative += d_weights(j, l) * naive(j, l).imag() / 1e-100;
        CHECK(close(d_scores(key, query), derivative, 1e-15, 1e-13));  // sums of 4 products of size 1
        largest = std::fmax(largest, std::abs(derivative));
      }
    }
    if (entry.attention->uses_scores())
      CHECK(largest > 0.01);
    else
      CHECK(d_scores.cwiseAbs().maxCoeff() == 0);
  }
}

TEST_CASE("attention: tangents are first and mixed second derivatives of <dA, A(S)> by hyper-dual numbers") {
  for (const AttentionEntry& entry : attentions()) {
    CAPTURE(entry.name);
    const Matrix scores = normal_matrix(4, 4, 4), direction = normal_matrix(4, 4, 5);
    const Matrix d_weights = normal_matrix(4, 4, 6), d_direction = normal_matrix(4, 4, 7);
    Matrix weight = scores, tangent = direction, d_tangent = d_direction;
    entry.attention->weights(weight);
    entry.attention->weights_tangent(weight, tangent);
    entry.attention->backward_tangent(weight, tangent, d_weights, d_tangent);
    for (Index key = 0; key < 4; ++key) {
      for (Index query = 0; query < 4; ++query) {
        Table<HyperDual> moved{scores};  // e1 along the direction, e2 along the one score
        for (Index l = 0; l < 4; ++l)
          for (Index j = 0; j < 4; ++j) moved(j, l).b = direction(j, l);
        moved(key, query).c = 1;
        const auto naive = naive_weights(entry.name, moved);
        HyperDual inner(0);
        for (Index l = 0; l < 4; ++l) {
          for (Index j = 0; j < 4; ++j) inner += HyperDual(d_weights(j, l), d_direction(j, l), 0) * naive(j, l);
        }
        CHECK(close(tangent(key, query), naive(key, query).b, 1e-15, 1e-13));
        CHECK(close(d_tangent(key, query), inner.d, 1e-14, 1e-13));  // 16 products of size 1
      }
    }
    if (entry.attention->uses_scores())
      CHECK(d_tangent.norm() > 0.1);
    else
      CHECK(d_tangent.norm() == 0);
  }
}

TEST_CASE("attention: backward_tangent agrees with the central difference of backward") {
  for (const AttentionEntry& entry : attentions()) {
    CAPTURE(entry.name);
    const Matrix scores = normal_matrix(4, 4, 4), direction = normal_matrix(4, 4, 5);
    const Matrix d_weights = normal_matrix(4, 4, 6), d_direction = normal_matrix(4, 4, 7);
    const auto backward_at = [&](double t) {
      Matrix weight = scores + t * direction, d_scores = d_weights + t * d_direction;
      entry.attention->weights(weight);
      entry.attention->backward(weight, d_scores);
      return d_scores;
    };
    Matrix weight = scores, tangent = direction, d_tangent = d_direction;
    entry.attention->weights(weight);
    entry.attention->weights_tangent(weight, tangent);
    entry.attention->backward_tangent(weight, tangent, d_weights, d_tangent);
    const double h = 1e-5;  // h^2 = 1e-10 truncation, 1e-16 / h = 1e-11 rounding
    CHECK(largest_difference(d_tangent, (backward_at(h) - backward_at(-h)) / (2 * h)) < 3e-9);
  }
}

TEST_CASE("attention: an unknown name is refused") {
  CHECK_THROWS_WITH(attention_named("cosine"),
                    doctest::Contains("model.attention: found cosine, allowed: softmax | linear | uniform"));
}
