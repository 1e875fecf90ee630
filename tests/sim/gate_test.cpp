#include "sim/gate/gate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "sim/error.h"
#include "sim/numerics/gauss_legendre.h"
#include "sim/random.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::sim;

namespace {

Matrix random_logits(Index experts, Index samples, std::uint64_t index, double scale) {
  Matrix logits(experts, samples);
  Philox random(3, Purpose::test, index);
  for (double& h : logits.reshaped()) h = scale * random.normal();
  return logits;
}

Matrix routed(const std::string& gate, const Matrix& logits, double noise = 1, std::uint64_t step = 0,
              std::uint64_t seed = 1) {
  Matrix routing = Matrix::Constant(2, 2, 7);  // wrong shape and content: must be overwritten
  gate_named(gate).gate->route(logits, {seed, step, noise}, routing);
  return routing;
}

Matrix column(std::initializer_list<double> values) {
  Matrix m(static_cast<Index>(values.size()), 1);
  std::copy(values.begin(), values.end(), m.data());
  return m;
}

double largest_difference(const Matrix& a, const Matrix& b) { return (a - b).cwiseAbs().maxCoeff(); }

}  // namespace

TEST_CASE(
    "Gauss-Legendre: by hand, 2 nodes +-1/sqrt 3, n nodes integrate every monomial to degree 2n - 1 and not beyond") {
  CHECK(close(std::abs(gauss_legendre(2).node[0]), 1 / std::sqrt(3.0), 0, 1e-15));
  CHECK(close(gauss_legendre(2).weight[0], 1, 0, 1e-15));
  for (int n = 1; n <= 40; ++n) {
    CAPTURE(n);
    const GaussLegendre& rule = gauss_legendre(n);
    REQUIRE(rule.node.size() == static_cast<std::size_t>(n));
    const auto integral = [&](int degree) {
      double sum = 0;
      for (std::size_t i = 0; i < rule.node.size(); ++i) sum += rule.weight[i] * std::pow(rule.node[i], degree);
      return sum;
    };
    for (int degree = 0; degree < 2 * n; ++degree) {
      CHECK(
          close(integral(degree), degree % 2 == 0 ? 2.0 / (degree + 1) : 0, 1e-14, 0));  // n roundings of terms below 2
    }
    if (n <= 10) CHECK(std::abs(integral(2 * n) - 2.0 / (2 * n + 1)) > 1e-8);
    for (std::size_t i = 0; i < rule.node.size(); ++i) CHECK((rule.weight[i] > 0 && std::abs(rule.node[i]) < 1));
  }
}

TEST_CASE("expected: by hand, h = (0, 1/4), nu = 1: the lower expert wins with (3/4)^2/2 = 9/32") {
  const Matrix q = routed("expected", column({0, 0.25}));
  CHECK(close(q(0, 0), 9. / 32, 0, 1e-15));
  CHECK(close(q(1, 0), 23. / 32, 0, 1e-15));
}

TEST_CASE("expected: exact rational probabilities, by tests/oracle/expected_routing.py") {
  struct Golden {
    std::vector<double> logits;
    double noise;
    std::vector<double> q;
  };
  const std::vector<Golden> golden = {
      {{0.5, -0.25, 0.375}, 1.0, {0.6106770833333334, 0.009114583333333334, 0.3802083333333333}},
      {{1.5, 0.0, 0.5, -3.0}, 2.0, {0.8567708333333334, 0.020833333333333332, 0.12239583333333333, 0.0}},
      {{0.125, 0.125, 0.0, 0.0, -0.875},
       1.0,
       {0.3255411783854167, 0.3255411783854167, 0.17445882161458334, 0.17445882161458334, 0.0}},
      {{1.0, 0.0, 0.5}, 1.0, {0.875, 0.0, 0.125}},
  };
  for (const Golden& one : golden) {
    const Matrix logits = Eigen::Map<const Vector>(one.logits.data(), static_cast<Index>(one.logits.size()));
    const Matrix q = routed("expected", logits, one.noise);
    for (std::size_t i = 0; i < one.q.size(); ++i) CHECK(close(q(static_cast<Index>(i), 0), one.q[i], 0, 1e-14));
  }
  // 24 logits k^2 mod 11 / 16 at nu = 1 and 48 logits k^2 mod 13 / 16 at nu = 1/2: probability by value of k^2 mod m
  Matrix many(24, 1), crowd(48, 1);
  for (Index k = 0; k < 24; ++k) many(k, 0) = static_cast<double>(k * k % 11) / 16;
  for (Index k = 0; k < 48; ++k) crowd(k, 0) = static_cast<double>(k * k % 13) / 16;
  const auto exact_many = [](Index residue) {
    return residue == 0   ? 2.396217280215581e-05
           : residue == 1 ? 0.00017626950358423137
           : residue == 4 ? 0.011045131811202466
           : residue == 9 ? 0.20806843156006732
           : residue == 5 ? 0.027152418000634462
                          : 0.0034957101190138317;
  };
  const auto exact_crowd = [](Index residue) {
    return residue == 12   ? 0.1195531069252603
           : residue == 10 ? 0.00520772884236337
           : residue == 9  ? 0.00027333055128722243
                           : 0;
  };
  const Matrix q_many = routed("expected", many), q_crowd = routed("expected", crowd, 0.5);
  for (Index k = 0; k < 24; ++k) CHECK(close(q_many(k, 0), exact_many(k * k % 11), 0, 1e-13));  // 24 factors
  for (Index k = 0; k < 48; ++k) CHECK(close(q_crowd(k, 0), exact_crowd(k * k % 13), 0, 1e-13));
}

TEST_CASE("expected: the naive integral by brute-force quadrature between breakpoints, at general logits") {
  const Index experts = 6;
  const double noise = 0.7;
  const Matrix logits = random_logits(experts, 20, 2, 0.3), q = routed("expected", logits, noise);
  const GaussLegendre& rule = gauss_legendre(12);
  for (Index k = 0; k < logits.cols(); ++k) {
    for (Index i = 0; i < experts; ++i) {
      std::vector<double> ends = {0, noise};
      for (Index j = 0; j < experts; ++j) {
        for (const double end : {logits(j, k) - logits(i, k), logits(j, k) - logits(i, k) + noise}) {
          if (end > 0 && end < noise) ends.push_back(end);
        }
      }
      std::sort(ends.begin(), ends.end());
      double sum = 0;
      for (std::size_t e = 0; e + 1 < ends.size(); ++e) {
        for (std::size_t node = 0; node < rule.node.size(); ++node) {
          const double half = (ends[e + 1] - ends[e]) / 2, r = ends[e] + half * (1 + rule.node[node]);
          double product = half * rule.weight[node] / noise;
          for (Index j = 0; j < experts; ++j) {
            if (j != i) product *= std::clamp((logits(i, k) - logits(j, k) + r) / noise, 0.0, 1.0);
          }
          sum += product;
        }
      }
      CHECK(close(q(i, k), sum, 1e-15, 1e-13));
    }
  }
  CHECK((q.array() == 0).any());                                   // some expert out of reach,
  CHECK(((q.array() > 0.05) && (q.array() < 0.95)).count() > 20);  // most of them not
}

TEST_CASE("expected: limits: M = 1 gives 1, equal logits 1/M, experts nu or more below the best exactly 0") {
  CHECK(close(routed("expected", column({-3}))(0, 0), 1, 0, 1e-15));
  for (const Index experts : {2, 3, 24, 48}) {
    const Matrix q = routed("expected", Matrix::Constant(experts, 3, 1.7), 0.3);
    CHECK(largest_difference(q, Matrix::Constant(experts, 3, 1 / static_cast<double>(experts))) < 1e-15);
  }
  const Matrix q = routed("expected", column({2, 1, 0.5, -50, 1.25}));
  CHECK(q(1, 0) == 0);
  CHECK(q(2, 0) == 0);
  CHECK(q(3, 0) == 0);
  CHECK(close(q(4, 0), 0.03125, 0, 1e-15));  // (1/4)^2/2
  CHECK(close(routed("expected", column({0, 5}))(1, 0), 1, 0, 1e-15));
}

TEST_CASE("gate: columns are probabilities, shift and deterministic declarations hold, experts may be permuted") {
  for (const GateEntry& entry : gates()) {
    CAPTURE(entry.name);
    const Matrix logits = random_logits(7, 200, 4, 0.4);
    const Matrix q = routed(entry.name, logits);
    REQUIRE(q.rows() == 7);
    REQUIRE(q.cols() == 200);
    CHECK((q.array() >= 0).all());
    CHECK((q.colwise().sum().array() - 1).abs().maxCoeff() < 1e-14);
    Matrix shifted = logits;
    for (Index k = 0; k < 200; ++k) shifted.col(k).array() += static_cast<double>(k % 16) - 8;
    CHECK((largest_difference(q, routed(entry.name, shifted)) < 1e-13) == entry.shift_invariant);
    CHECK(routed(entry.name, logits) == q);  // the same draw is the same bits
    CHECK((routed(entry.name, logits, 1, 1) == q) == entry.deterministic);
    CHECK((routed(entry.name, logits, 1, 0, 2) == q) == entry.deterministic);
    if (entry.deterministic) {
      CHECK(largest_difference(q.colwise().reverse(), routed(entry.name, logits.colwise().reverse())) < 1e-15);
    }
  }
  CHECK(gates().size() == 2);
}

TEST_CASE("gate: differentiable means small moves of the logits move q little, its opposite jumps") {
  for (const GateEntry& entry : gates()) {
    CAPTURE(entry.name);
    const double h = 1e-4;
    const Matrix logits = random_logits(5, 50000, 5, 0.4), change = random_logits(5, 50000, 6, 1);
    const Matrix q = routed(entry.name, logits);
    const double step = largest_difference(routed(entry.name, logits + h * change), q);
    // |dq/dh| <= 1/nu per expert, 5 experts, |change| < 5; a draw changes its expert in about 10 of 50,000 samples
    CHECK((step < 50 * h) == entry.differentiable);
    CHECK(step > 0);
    if (!entry.differentiable) continue;
    const Matrix right = (routed(entry.name, logits + h * change) - q) / h,
                 left = (q - routed(entry.name, logits - h * change)) / h;
    CHECK(largest_difference(right, left) < 0.1);  // q'' h < 0.02; a kink would leave a difference of order 1
  }
}

TEST_CASE("gate: batch_dependent is declared truly: q of a sample alone and among others") {
  for (const GateEntry& entry : gates()) {
    CAPTURE(entry.name);
    const Matrix logits = random_logits(4, 50, 7, 0.4), q = routed(entry.name, logits);
    Matrix others = logits;
    others.rightCols(49) = random_logits(4, 49, 8, 2);
    CHECK((routed(entry.name, others).col(0) == q.col(0)) == !entry.batch_dependent);
    CHECK((routed(entry.name, logits.leftCols(20)) == q.leftCols(20)) == !entry.batch_dependent);
  }
}

TEST_CASE(
    "gate: frequencies of sampled over 40,000 steps are expected's q, |z| < 5.5 for 60 cells (false alarm 2e-6)") {
  const Index experts = 6, samples = 10;
  const long steps = 40000;
  const double noise = 0.8;
  const Matrix logits = random_logits(experts, samples, 9, 0.25), q = routed("expected", logits, noise);
  Matrix count = Matrix::Zero(experts, samples);
  for (long step = 0; step < steps; ++step) count += routed("sampled", logits, noise, static_cast<std::uint64_t>(step));
  int tested = 0;
  for (Index k = 0; k < samples; ++k) {
    for (Index i = 0; i < experts; ++i) {
      if (q(i, k) == 0) {
        CHECK(count(i, k) == 0);
        continue;
      }
      const double n = static_cast<double>(steps), variance = n * q(i, k) * (1 - q(i, k));
      if (variance < 9) continue;  // too few for the normal approximation
      CHECK(std::abs(count(i, k) - n * q(i, k)) / std::sqrt(variance) < 5.5);
      ++tested;
    }
  }
  CHECK(tested > 40);
}

TEST_CASE("sampled: one expert per sample, draws differ between steps and samples, recorded noise is used as it is") {
  const Matrix logits = Matrix::Zero(4, 64), first = routed("sampled", logits, 1, 0),
               second = routed("sampled", logits, 1, 1);
  CHECK(((first.array() == 0) || (first.array() == 1)).all());
  CHECK(first != second);
  CHECK(first.col(0).replicate(1, 64) != first);
  Matrix noise = Matrix::Zero(4, 64), routing;
  for (Index k = 0; k < 64; ++k) noise(k % 4, k) = 0.5;
  gate_named("sampled").gate->route(logits, {1, 0, 1, &noise}, routing);
  for (Index k = 0; k < 64; ++k) CHECK(routing(k % 4, k) == 1);
  noise.setConstant(0.25);  // a tie: the lowest index wins
  gate_named("sampled").gate->route(logits, {1, 0, 1, &noise}, routing);
  CHECK((routing.row(0).array() == 1).all());
}

TEST_CASE(
    "gate: draws are what the route added: argmax(h + r) is the route, a recorded draw comes back, expected has none") {
  const Matrix logits = random_logits(5, 64, 8, 0.3), route = routed("sampled", logits, 2, 7, 3);
  const GateContext context{3, 7, 2};
  const Matrix r = gate_named("sampled").gate->draws(5, 64, context);
  CHECK(((r.array() >= 0) && (r.array() <= 2)).all());
  CHECK(r.maxCoeff() > 1.9);  // of 320 draws: (1.9/2)^320 = 7e-8
  const std::vector<Index> winner = argmax_expert(logits + r);
  for (Index k = 0; k < 64; ++k) CHECK(route(winner[static_cast<std::size_t>(k)], k) == 1);
  const Matrix recorded = Matrix::Constant(5, 64, 0.5);
  CHECK(gate_named("sampled").gate->draws(5, 64, {3, 7, 2, &recorded}) == recorded);
  for (const GateEntry& entry : gates()) {
    CHECK((entry.gate->draws(5, 64, context).size() == 0) == entry.deterministic);
  }
}

TEST_CASE("gate: the noise-free argmax, the lowest index winning a tie") {
  Matrix logits(3, 4);
  logits << 0, 1, -1, 2, 0, 2, -1, 2, 0, 2, -3, 2.5;
  CHECK(argmax_expert(logits) == std::vector<Index>{0, 1, 0, 2});
  CHECK_THROWS_WITH(gate_named("top2"),
                    doctest::Contains("model.gate.routing: found top2, allowed: sampled | expected"));
}
