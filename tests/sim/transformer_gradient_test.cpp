#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "tests/close.h"
#include "tests/sim/transformer_case.h"

// Transformer::loss against the naive transformer, and its gradient of every number of every block against the complex
// step of the naive one, and along a random direction of every block against central differences of its own loss.
using namespace lemmata;
using namespace lemmata::sim;
using namespace lemmata::oracle;

namespace {

constexpr double exact = 1e-13;  // rounding of a few thousand terms through up to 6 LayerNorms, of the block's norm
constexpr double step = 1e-5;    // central difference: step^2 f'''/6 + 1e-16 f / step, with f''' < 1e3 |f'|: < 1e-7
constexpr double kink_distance = 2e-4;  // no relu moves over its kink within a step

/// dL/d(every number of a block) by the complex step of the naive model.
Matrix naive_gradient(const TransformerCase& one, const std::string& block) {
  auto naive = one.naive<std::complex<double>>();
  Matrix gradient(one.blocks.at(block).rows(), one.blocks.at(block).cols());
  for (Index entry = 0; entry < gradient.size(); ++entry) {
    auto& number = naive.blocks.at(block).entries[static_cast<std::size_t>(entry)];
    const auto before = number;
    number += std::complex<double>(0, 1e-40);
    gradient(entry) = naive.loss(one.inputs, one.targets, one.weights).imag() / 1e-40;
    number = before;
  }
  return gradient;
}

double difference_along(const TransformerCase& one, const std::string& block, const Matrix& direction) {
  ThreadTeam team(1);
  Transformer model(one.config, team);
  const auto at = [&](double distance) {
    Blocks moved = one.blocks;
    moved.at(block) += distance * direction;
    return model.loss(moved, one.batch());
  };
  return (at(step) - at(-step)) / (2 * step);
}

double nearest_kink(const TransformerCase& one) {
  auto naive = one.naive<double>();
  double distance = 1;
  naive.nearest_kink = &distance;
  naive.loss(one.inputs, one.targets, one.weights);
  return distance;
}

/// A case at which the loss has a derivative, and a step meets no kink.
TransformerCase smooth_case(long layers, const std::string& activation, const std::string& norm = "post",
                            bool feed_forward = true, const std::string& positions = "learned") {
  for (std::uint64_t seed = 3; seed < 50; ++seed) {
    TransformerCase one = transformer_case(layers, activation, norm, feed_forward, seed, positions);
    if (nearest_kink(one) > kink_distance) return one;
  }
  throw std::logic_error("no case without a kink nearby");
}

struct Worst {
  double by_step = 0, by_difference = 0, smallest_norm = 1e300;
  bool any_inexact = false;
};

Worst compare_gradients(const TransformerCase& one) {
  ThreadTeam team(2);
  Transformer model(one.config, team);
  Blocks gradient = one.blocks;
  const double loss = model.loss(one.blocks, one.batch(), gradient);
  CHECK(close(loss, one.naive<double>().loss(one.inputs, one.targets, one.weights), 0, 1e-14));
  CHECK(loss == model.loss(one.blocks, one.batch()));
  Worst worst;
  Philox random(4, Purpose::test, 51);
  for (const auto& [name, found] : gradient) {
    const Matrix expected = naive_gradient(one, name);
    const double by_step = (found - expected).norm() / expected.norm();
    Matrix direction = expected;
    for (double& x : direction.reshaped()) x = random.normal();
    direction /= direction.norm();
    const double along = found.cwiseProduct(direction).sum();
    const double by_difference = std::abs(along - difference_along(one, name, direction)) / expected.norm();
    CHECK_MESSAGE(by_step < exact, name);
    CHECK_MESSAGE(by_difference < 1e-7, name);
    worst = {std::fmax(worst.by_step, by_step), std::fmax(worst.by_difference, by_difference),
             std::fmin(worst.smallest_norm, expected.norm()), worst.any_inexact || by_step > 0};
  }
  return worst;
}

}  // namespace

TEST_CASE("transformer: gradients of every block are the complex step's and central differences, 1 and 3 layers") {
  int blocks = 0;
  for (const long layers : {1L, 3L}) {
    for (const char* activation : {"relu", "identity", "tanh"}) {
      const TransformerCase one = smooth_case(layers, activation);
      const Worst worst = compare_gradients(one);
      CHECK(worst.smallest_norm > 1e-3);
      CHECK(worst.any_inexact);
      blocks += static_cast<int>(one.blocks.size());
    }
  }
  CHECK(blocks == 6 * 16);
}

TEST_CASE("transformer: gradients without LayerNorm, and without FFN") {
  for (const char* norm : {"post", "none"}) {
    for (const bool feed_forward : {false, true}) {
      if (feed_forward && norm == std::string("post")) continue;  // the case above
      const Worst worst = compare_gradients(smooth_case(2, "relu", norm, feed_forward));
      CHECK(worst.smallest_norm > 1e-3);
      CHECK(worst.any_inexact);
    }
  }
}

TEST_CASE("transformer: gradients without positions, which are then no block") {
  const TransformerCase one = smooth_case(2, "relu", "post", true, "none");
  CHECK(one.blocks.size() == 15);
  CHECK(!one.blocks.contains("position_embedding"));
  CHECK(compare_gradients(one).any_inexact);
}

TEST_CASE("transformer: hidden units, attention weights and token losses of the last pass are the naive model's") {
  const TransformerCase one = transformer_case(3, "relu");
  ThreadTeam team(1);
  Transformer model(one.config, team);
  const TokenBatch batch = one.batch();
  const double loss = model.loss(one.blocks, batch);
  CHECK(close(loss, batch.weights.dot(model.token_losses()), 0, 1e-15));
  auto naive = one.naive<double>();
  for (const Index sequence : {Index(0), Index(1), Index(2), Index(5)}) {
    const auto tokens = one.inputs.sequence(sequence);
    const auto last = naive.pass({tokens.begin(), tokens.end()});
    for (long layer = 0; layer < 3; ++layer) {
      const auto l = static_cast<std::size_t>(layer);
      const Matrix weights = model.attention(layer, sequence), hidden = model.hidden(layer);
      REQUIRE(weights.rows() == static_cast<Index>(tokens.size()));
      for (Index query = 0; query < weights.cols(); ++query) {
        const auto q = static_cast<std::size_t>(query);
        for (Index key = 0; key < weights.rows(); ++key) {
          if (key > query)
            CHECK(weights(key, query) == 0);
          else  // exponentials of scores of a few units
            CHECK(close(weights(key, query), naive.weights[l][q][static_cast<std::size_t>(key)], 1e-14, 1e-13));
        }
        for (Index unit = 0; unit < hidden.rows(); ++unit)
          CHECK(close(hidden(unit, batch.tokens_before(sequence) + query),
                      naive.activity[l][q][static_cast<std::size_t>(unit)], 1e-13, 1e-13));
      }
    }
    for (Index i = 0; i < one.config.dimension; ++i)
      CHECK(
          close(model.output(2)(i, batch.tokens_before(sequence)), last[0][static_cast<std::size_t>(i)], 1e-13, 1e-13));
  }
}
