#include "sim/joma/layer_data.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>

#include "sim/error.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::sim;

TEST_CASE(
    "layer data: gaussian law, class 4 of 20: token 2 has e^0, token 5 e^(-9/30), before columns are normalised") {
  const LayerData data = layer_data({}, 7);
  CHECK(data.context.rows() == 20);
  CHECK(data.samples() == 20);
  CHECK(close(data.context(5, 4) / data.context(2, 4), std::exp(-0.3), 0, 1e-15));
  CHECK(close(data.context(0, 19) / data.context(9, 19), std::exp((0.25 - 90.25) / 30), 0, 1e-14));  // centre 9.5
  for (Index sample = 0; sample < 20; ++sample) {
    CHECK(close(data.context.col(sample).sum(), 1, 1e-15, 0));
    CHECK(data.context.col(sample).minCoeff() > 0);
    const double common = data.context.col(sample).tail(10).maxCoeff() / data.context.col(sample).head(10).maxCoeff();
    CHECK(common < 0.5 * std::exp(0.25 / 30));  // rand/2 against the largest e^-(distance <= 1/2)^2/30
    CHECK(data.label[static_cast<std::size_t>(sample)] == sample);
    CHECK(data.weight(sample) == 0.05);
  }
}

TEST_CASE("layer data: the random law has no structure: mean 1/20 of every token, over 4,000 samples") {
  LayerConfig config;
  config.data.law = "random", config.data.samples = 4000;
  const LayerData data = layer_data(config, 1);
  const Vector mean = data.context.rowwise().mean();
  // deviation of x is about 0.05 / sqrt(3), of a mean 4.6e-4; five of them: a false alarm in 20 x 6e-7 of seeds
  for (Index token = 0; token < 20; ++token) CHECK(close(mean(token), 0.05, 5 * 4.6e-4, 0));
  CHECK(data.label[41] == 1);
}

TEST_CASE("layer data: the laws share their common tokens' draws, queries go round, another seed is other data") {
  LayerConfig config;
  config.data.queries = 3;
  const LayerData gaussian = layer_data(config, 3), other = layer_data(config, 4), again = layer_data(config, 3);
  config.data.law = "random";
  const LayerData random = layer_data(config, 3);
  CHECK(gaussian.context == again.context);
  CHECK((gaussian.context - other.context).norm() > 0.1);
  CHECK(close(gaussian.context(12, 5) / gaussian.context(17, 5), random.context(12, 5) / random.context(17, 5), 0,
              1e-14));
  CHECK(gaussian.query[3] == 0);
  CHECK(gaussian.query[4] == 1);
  CHECK(gaussian.query[5] == 2);
}

TEST_CASE("layer data: embeddings - identity columns, and N(0, 1/d) whose Gram matrix differs from 1 by d^-1/2") {
  LayerConfig config;
  CHECK(layer_data(config, 0).embedding == Matrix::Identity(30, 21));
  for (const long dimension : {64L, 4096L}) {
    config.embedding = {"random", dimension};
    const Matrix u = layer_data(config, 0).embedding;
    const Matrix gram = u.transpose() * u - Matrix::Identity(21, 21);
    // 210 pairs of variance 1/d and 21 diagonal entries of variance 2/d: sum of squares 462/d, relative deviation 0.12
    CHECK(close(gram.squaredNorm() * static_cast<double>(dimension), 462, 5 * 56, 0));
  }
}

TEST_CASE("layer data: the fixed upstream has its standard deviation, and is there for that upstream only") {
  LayerConfig config;
  CHECK(layer_data(config, 0).upstream.size() == 0);
  config.upstream = "fixed", config.upstream_std = 3;
  const Matrix g = layer_data(config, 0).upstream;
  CHECK(g.size() == 400);
  CHECK(close(g.squaredNorm() / 400, 9, 5 * 9 * std::sqrt(2.0 / 400), 0));  // five deviations of a chi-squared mean
}

TEST_CASE("minibatch: different samples in rising order, a function of (seed, step), each is drawn equally often") {
  std::map<Index, int> count;
  for (long step = 0; step < 2000; ++step) {
    const std::vector<Index> drawn = minibatch(20, 5, 9, step);
    CHECK(drawn == minibatch(20, 5, 9, step));
    for (std::size_t i = 0; i < 5; ++i) {
      ++count[drawn[i]];
      if (i > 0) CHECK(drawn[i] > drawn[i - 1]);
    }
  }
  for (Index sample = 0; sample < 20; ++sample) CHECK(close(count[sample], 500, 5 * std::sqrt(2000 * 0.25 * 0.75), 0));
  CHECK(minibatch(20, 5, 9, 0) != minibatch(20, 5, 9, 1));
  CHECK(minibatch(20, 5, 9, 0) != minibatch(20, 5, 8, 0));
  CHECK(minibatch(4, 0, 9, 3) == std::vector<Index>{0, 1, 2, 3});
  CHECK(minibatch(4, 4, 9, 3) == std::vector<Index>{0, 1, 2, 3});
  CHECK_THROWS_AS(minibatch(4, 5, 0, 0), std::invalid_argument);
}

TEST_CASE("layer config: every wrong value is refused by its path") {
  const auto refused = [](const std::function<void(LayerConfig&)>& change) {
    LayerConfig config;
    change(config);
    try {
      check_layer_config(config);
    } catch (const ConfigError& error) {
      return error.field();
    }
    return std::string();
  };
  CHECK(refused([](LayerConfig&) {}).empty());
  CHECK(refused([](LayerConfig& c) { c.data.law = "fig2"; }) == "data.law");
  CHECK(refused([](LayerConfig& c) { c.data.distinct = -1; }) == "data.distinct");
  CHECK(refused([](LayerConfig& c) { c.data.common = -10; }) == "data.common");
  CHECK(refused([](LayerConfig& c) { c.data.distinct = 1, c.data.common = 0; }) == "data.common");
  CHECK(refused([](LayerConfig& c) { c.data.classes = 0; }) == "data.classes");
  CHECK(refused([](LayerConfig& c) { c.data.samples = 0; }) == "data.samples");
  CHECK(refused([](LayerConfig& c) { c.data.queries = 21; }) == "data.queries");
  CHECK(refused([](LayerConfig& c) { c.data.batch = 21; }) == "data.batch");
  CHECK(refused([](LayerConfig& c) { c.data.sample_weight = {1}; }) == "data.sample_weight");
  CHECK(refused([](LayerConfig& c) { c.data.sample_weight.assign(20, std::nan("")); }) == "data.sample_weight");
  const auto weights_of_sum = [&](double sum) {
    return refused([&](LayerConfig& c) { c.data.sample_weight.assign(20, sum / 20); });
  };
  CHECK(weights_of_sum(1 + 1e-13).empty());
  CHECK(weights_of_sum(1 + 1e-11) == "data.sample_weight");
  CHECK(weights_of_sum(1 - 1e-11) == "data.sample_weight");
  CHECK(refused([](LayerConfig& c) { c.attention = "uniform"; }) == "model.attention");
  CHECK(refused([](LayerConfig& c) { c.temperature = std::nan(""); }) == "model.temperature");
  CHECK(refused([](LayerConfig& c) { c.normaliser = 0; }) == "model.normaliser");
  CHECK(refused([](LayerConfig& c) { c.activation = "gelu"; }) == "model.activation");
  CHECK(refused([](LayerConfig& c) { c.nodes = 0; }) == "model.nodes");
  CHECK(refused([](LayerConfig& c) { c.nodes = 19; }) == "model.nodes");
  CHECK(refused([](LayerConfig& c) { c.nodes = 19, c.upstream = "upper"; }).empty());
  CHECK(refused([](LayerConfig& c) { c.upstream = "squared"; }) == "model.upstream");
  CHECK(refused([](LayerConfig& c) { c.upstream_std = -1; }) == "model.upstream_std");
  CHECK(refused([](LayerConfig& c) { c.embedding.kind = "haar"; }) == "model.embedding.kind");
  CHECK(refused([](LayerConfig& c) { c.embedding.dimension = 20; }) == "model.embedding.dimension");
  CHECK(refused([](LayerConfig& c) { c.embedding = {"random", 20}; }).empty());
  CHECK(refused([](LayerConfig& c) { c.init.node_std = std::nan(""); }) == "model.init.node_std");
  CHECK(refused([](LayerConfig& c) { c.init.query_std = -1; }) == "model.init.query_std");
  CHECK(refused([](LayerConfig& c) { c.init.upper_std = -1; }) == "model.init.upper_std");
}
