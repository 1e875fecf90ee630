#include "sim/joma/layer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <numeric>

#include "sim/random.h"
#include "tests/close.h"
#include "tests/oracle/naive_layer.h"

using namespace lemmata;
using namespace lemmata::sim;

namespace {

LayerConfig small(const std::string& attention, const std::string& activation, const std::string& upstream,
                  long queries, const std::string& embedding) {
  LayerConfig config;
  config.data.distinct = 3, config.data.common = 2, config.data.classes = 3, config.data.samples = 7;
  config.data.queries = queries;
  config.data.sample_weight = {0.1, 0.2, 0.05, 0.25, 0.15, 0.15, 0.1};
  config.attention = attention, config.activation = activation, config.upstream = upstream;
  config.temperature = 0.7, config.normaliser = 1.3, config.nodes = 6;  // enough that relu leaves some alive
  config.embedding = {embedding, embedding == "random" ? 6L : 9L};      // below and above 5 tokens + queries
  config.init = {0.7, 0.6, 0.8};
  return config;
}

template <class T>
std::vector<T> numbers(const Matrix& matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

template <class T>
oracle::NaiveLayerParameters<T> naive(const Blocks& p) {
  return {numbers<T>(p.at("w")), numbers<T>(p.at("z")),
          p.contains("upper") ? numbers<T>(p.at("upper")) : std::vector<T>()};
}

template <class T>
std::vector<T>& block(oracle::NaiveLayerParameters<T>& p, const std::string& name) {
  return name == "w" ? p.w : name == "z" ? p.z : p.upper;
}

Blocks zeros_like(const Blocks& blocks) {
  Blocks zeros = blocks;
  for (auto& [name, matrix] : zeros) matrix.setZero();
  return zeros;
}

// Gradient of one case against the naive loss: complex step exactly, central difference roughly.
void check_gradient(const LayerConfig& config, const std::vector<Index>& samples, std::uint64_t seed) {
  Layer layer(config, seed);
  layer.use_samples(samples);
  const Blocks at = layer.initial(seed);
  Blocks gradient = zeros_like(at);
  const double loss = layer.evaluate(at, gradient);
  double nearest_kink = std::numeric_limits<double>::infinity();
  const oracle::NaiveLayerParameters<double> plain = naive<double>(at);
  CHECK(close(loss, oracle::naive_layer_loss(config, layer.data(), plain, samples, &nearest_kink), 1e-14, 1e-14));
  REQUIRE(nearest_kink > 1e-4);  // or the differences would cross it
  for (const auto& [name, found] : gradient) {
    CAPTURE(name);
    CHECK(found.norm() > 1e-3);
    for (Index i = 0; i < found.size(); ++i) {
      CAPTURE(i);
      const auto entry = static_cast<std::size_t>(i);
      oracle::NaiveLayerParameters<std::complex<double>> turned = naive<std::complex<double>>(at);
      block(turned, name)[entry] += std::complex<double>(0, 1e-100);
      const double exact = oracle::naive_layer_loss(config, layer.data(), turned, samples).imag() / 1e-100;
      CHECK(close(found(i), exact, 1e-14 * (1 + found.norm()), 1e-12));  // a few hundred roundings
      const auto loss_at = [&](double step) {
        oracle::NaiveLayerParameters<double> moved = plain;
        block(moved, name)[entry] += step;
        return oracle::naive_layer_loss(config, layer.data(), moved, samples);
      };
      // h^2 L'''/6 with third derivatives up to about 100, and 1e-16 L / h
      CHECK(close(found(i), (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5, 1e-8 * (1 + found.norm()), 1e-7));
    }
  }
}

// Two tokens, one query, as many classes as nodes; x = (1/4, 3/4) in the only sample.
Layer by_hand(const std::string& attention, const std::string& activation, const std::string& upstream,
              double first = 0.25, long nodes = 1) {
  LayerConfig config;
  config.data.distinct = 1, config.data.common = 1, config.data.classes = nodes, config.data.samples = 1;
  config.attention = attention, config.activation = activation, config.upstream = upstream;
  config.temperature = 1, config.nodes = nodes, config.embedding.dimension = 3;
  LayerData data = layer_data(config, 0);
  data.context << first, 1 - first;
  if (upstream == "fixed") data.upstream << 2;
  return {config, data};
}

}  // namespace

TEST_CASE(
    "layer: linear attention, z = (4, 4), v = (1, 2), xi = 3, square: b = (1, 3), a = 10, h = 100, g = 2: dL/dv = -40 "
    "b") {
  Layer layer = by_hand("linear", "square", "fixed");
  Blocks at = {{"w", Matrix(3, 1)}, {"z", Matrix(2, 1)}};
  at["w"] << 1, 2, 3;
  at["z"] << 4, 4;
  Blocks gradient = zeros_like(at);
  CHECK(layer.evaluate(at, gradient) == -200);
  CHECK(layer.attention() == Eigen::Vector2d(1, 3));
  CHECK(layer.hidden()(0) == 100);
  CHECK(gradient.at("w") == Eigen::Vector3d(-40, -120, -40));
  CHECK(gradient.at("z") == Eigen::Vector2d(-40 * 1 * 0.25, -40 * 2 * 0.75));
  CHECK(layer.token_values(at.at("w")) == Eigen::Vector2d(1, 2));
  CHECK(layer.query_values(at.at("w"))(0) == 3);
}

TEST_CASE(
    "layer: softmax attention, z = (ln 3, 0): b = (1/2, 1/2), v = (1, 3): a = 2, dL/dz = -g (v o b - 2 b) = (1, -1)") {
  Layer layer = by_hand("softmax", "identity", "fixed");
  Blocks at = {{"w", Matrix(3, 1)}, {"z", Matrix(2, 1)}};
  at["w"] << 1, 3, 0;
  at["z"] << std::log(3.0), 0;
  Blocks gradient = zeros_like(at);
  CHECK(close(layer.evaluate(at, gradient), -4, 0, 1e-15));
  CHECK(close(layer.mean_attention()(0), 0.5, 0, 1e-15));
  CHECK(close(gradient.at("z")(0), 1, 0, 1e-15));
  CHECK(close(gradient.at("z")(1), -1, 0, 1e-15));
}

TEST_CASE(
    "layer: gradients are those of the naive loss, for every attention, activation, upstream, embedding, queries") {
  int cases = 0;
  for (const char* attention : {"linear", "exp", "softmax"})
    for (const char* upstream : {"cross_entropy", "upper", "fixed"})
      for (const char* embedding : {"orthonormal", "random"})
        for (const ActivationEntry& activation : activations())
          for (const long queries : {1L, 3L}) {
            CAPTURE(attention);
            CAPTURE(upstream);
            CAPTURE(embedding);
            CAPTURE(activation.name);
            CAPTURE(queries);
            check_gradient(small(attention, activation.name, upstream, queries, embedding), {0, 1, 2, 3, 4, 5, 6},
                           static_cast<std::uint64_t>(++cases));
          }
  CHECK(cases == 3 * 3 * 2 * 6 * 2);
}

TEST_CASE("layer: the gradient of a minibatch is that of its samples with weight P(sample) samples/batch") {
  for (const char* upstream : {"cross_entropy", "upper", "fixed"})
    check_gradient(small("softmax", "tanh", upstream, 2, "orthonormal"), {1, 4, 6}, 3);
}

TEST_CASE("layer: the mean gradient over every batch of two of seven samples is the full one") {
  const LayerConfig config = small("exp", "silu", "upper", 2, "orthonormal");
  Layer layer(config, 5);
  const Blocks at = layer.initial(5);
  Blocks full = zeros_like(at), mean = zeros_like(at), one = zeros_like(at);
  layer.evaluate(at, full);
  for (Index i = 0; i < 7; ++i)
    for (Index j = i + 1; j < 7; ++j) {
      layer.use_samples({i, j});
      layer.evaluate(at, one);
      for (auto& [name, matrix] : mean) matrix += one.at(name) / 21;
    }
  for (const auto& [name, matrix] : mean) CHECK((matrix - full.at(name)).norm() < 1e-14 * 30);
}

TEST_CASE("layer: a block that is not asked for is not touched, and unrelated rows of w never move") {
  Layer layer(small("exp", "tanh", "cross_entropy", 1, "orthonormal"), 1);
  const Blocks at = layer.initial(1);
  Blocks only{{"z", Matrix::Zero(5, 1)}}, all = zeros_like(at);
  layer.evaluate(at, only);
  layer.evaluate(at, all);
  CHECK(only.size() == 1);
  CHECK(only.at("z") == all.at("z"));
  CHECK(all.at("w").bottomRows(3).isZero(0));  // 9 dimensions, 5 tokens, 1 query
  CHECK(all.at("w").row(5).norm() > 1e-3);     // xi moves
}

TEST_CASE("layer: invariances - softmax under z + c, exp under z + c with A e^(c/T), nodes and tokens renamed") {
  LayerConfig config = small("softmax", "silu", "upper", 2, "orthonormal");
  Layer layer(config, 2);
  Blocks at = layer.initial(2), gradient = zeros_like(at), other = gradient;
  const double loss = layer.evaluate(at, gradient);
  for (Index query = 0; query < 2; ++query) CHECK(std::abs(gradient.at("z").col(query).sum()) < 1e-15);
  Blocks shifted = at;
  shifted["z"].col(1).array() += 1000;                           // would overflow unless shifted back
  CHECK(close(layer.evaluate(shifted, other), loss, 0, 1e-12));  // 1000 + z rounds to 1e-13
  Blocks renamed = at;
  renamed["w"].col(0).swap(renamed["w"].col(2));
  renamed["upper"].row(0).swap(renamed["upper"].row(2));
  CHECK(close(layer.evaluate(renamed, other), loss, 0, 1e-15));

  config.attention = "exp";
  Layer exponential(config, layer.data());
  const double exponential_loss = exponential.evaluate(at, gradient);
  config.normaliser *= std::exp(0.4 / config.temperature);
  Layer scaled(config, layer.data());
  Blocks moved = at;
  moved["z"].array() += 0.4;
  CHECK(close(scaled.evaluate(moved, other), exponential_loss, 0, 1e-14));
  CHECK((other.at("w") - gradient.at("w")).norm() < 1e-14 * gradient.at("w").norm());
}

TEST_CASE("layer: T = 1 is the same as z/T at T, square is even in w, two copies of a sample count once") {
  LayerConfig config = small("exp", "square", "fixed", 1, "random");
  Layer layer(config, 4);
  Blocks at = layer.initial(4), gradient = zeros_like(at), other = gradient;
  const double loss = layer.evaluate(at, gradient);
  Blocks negative = at, rescaled = at;
  negative["w"] *= -1;
  CHECK(layer.evaluate(negative, other) == loss);
  CHECK(other.at("w") == -gradient.at("w"));
  CHECK(other.at("z") == gradient.at("z"));
  config.temperature = 1;
  Layer unit(config, layer.data());
  rescaled["z"] /= 0.7;
  CHECK(close(unit.evaluate(rescaled, other), loss, 0, 1e-13));
  CHECK((0.7 * gradient.at("z") - other.at("z")).norm() < 1e-13 * other.at("z").norm());
}

TEST_CASE(
    "layer: exp attention that overflows is told by a loss that is not finite, extreme logits of softmax are not") {
  LayerConfig config = small("exp", "identity", "cross_entropy", 1, "orthonormal");
  Layer layer(config, 1);
  Blocks at = layer.initial(1), gradient = zeros_like(at);
  at["z"].setConstant(1e4);
  CHECK(!std::isfinite(layer.evaluate(at, gradient)));
  config.attention = "softmax";
  Layer softmax(config, 1);
  at["z"](2, 0) = 2e4;
  CHECK(std::isfinite(softmax.evaluate(at, gradient)));
  CHECK(softmax.attention()(2, 0) == 1);
  CHECK(gradient.at("z").allFinite());
}

TEST_CASE("layer: softmax is over the tokens that a sample has, whatever the logit of one that it has not") {
  Layer layer = by_hand("softmax", "identity", "fixed", 1);  // x = (1, 0): b = (1, 0)
  Blocks at = {{"w", Matrix(3, 1)}, {"z", Matrix(2, 1)}};
  at["w"] << 1, 3, 0;
  at["z"] << 0, 1e4;
  Blocks gradient = zeros_like(at);
  CHECK(layer.evaluate(at, gradient) == -2);
  CHECK(layer.attention() == Eigen::Vector2d(1, 0));
  CHECK(gradient.at("w") == Eigen::Vector3d(-2, 0, -2));
  CHECK(gradient.at("z").isZero(0));
}

TEST_CASE("layer: cross entropy of outputs (1000, 1000 + ln 3), the first right: ln 4, and gradients -3/4 and 3/4") {
  Layer layer = by_hand("softmax", "identity", "cross_entropy", 0.25, 2);
  Blocks at = {{"w", Matrix::Zero(3, 2)}, {"z", Matrix::Zero(2, 1)}};
  at["w"].row(2) << 1000, 1000 + std::log(3.0);  // xi
  Blocks gradient = zeros_like(at);
  CHECK(close(layer.evaluate(at, gradient), std::log(4.0), 1e-12, 0));  // 1000 + ln 3 rounds to 1e-13
  CHECK(close(gradient.at("w")(2, 0), -0.75, 1e-12, 0));
  CHECK(close(gradient.at("w")(2, 1), 0.75, 1e-12, 0));
}

TEST_CASE("layer: samples in other shapes than the configuration's are refused") {
  const LayerConfig config = small("exp", "identity", "fixed", 1, "orthonormal");
  for (int wrong = 0; wrong < 5; ++wrong) {
    LayerData data = layer_data(config, 0);
    if (wrong == 0) data.context.conservativeResize(4, 7);
    if (wrong == 1) data.weight.conservativeResize(6);
    if (wrong == 2) data.label.pop_back();
    if (wrong == 3) data.embedding.conservativeResize(9, 5);
    if (wrong == 4) data.upstream.resize(0, 0);
    CAPTURE(wrong);
    CHECK_THROWS_AS(Layer(config, data), std::invalid_argument);
  }
}
