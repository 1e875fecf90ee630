#include "sim/transformer/transformer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/error.h"
#include "sim/train/blocks.h"
#include "sim/transformer/causal_attention.h"
#include "sim/transformer/normalization.h"
#include "tests/close.h"
#include "tests/sim/transformer_case.h"

using namespace lemmata;
using namespace lemmata::sim;
using oracle::transformer_case, oracle::TransformerCase;

namespace {

std::string refused(const TransformerConfig& config) {
  try {
    check(config);
  } catch (const ConfigError& error) {
    return error.field();
  }
  return "";
}

Blocks gradient_with(const TransformerCase& one, int threads, double* loss = nullptr) {
  ThreadTeam team(threads);
  Transformer model(one.config, team);
  Blocks gradient = one.blocks;
  const double value = model.loss(one.blocks, one.batch(), gradient);
  if (loss) *loss = value;
  return gradient;
}

}  // namespace

TEST_CASE("LayerNorm: (1, 3, 5, 7) with gain 2 and bias 1: mean 4, variance 5, first number 1 - 6 / sqrt(5.00001)") {
  Vector y(4), normal(4);
  y << 1, 3, 5, 7;
  const Vector gain = Vector::Constant(4, 2), bias = Vector::Ones(4);
  const double inverse = normalize(4, gain.data(), bias.data(), y.data(), normal.data());
  CHECK(close(inverse, 1 / std::sqrt(5.00001), 0, 1e-15));
  CHECK(close(y(0), 1 - 6 / std::sqrt(5.00001), 0, 1e-15));
  CHECK(close(y(2), 1 + 2 / std::sqrt(5.00001), 0, 1e-15));
}

TEST_CASE("causal attention: scores (0), (ln 3, 0) weigh the first of two keys by 1 and 3/4") {
  Matrix query = Matrix::Zero(8, 2), key = Matrix::Zero(8, 2), value = Matrix::Zero(8, 2), weights(2, 2), context(8, 2);
  query(0, 1) = 2 * std::log(3.0), key(0, 0) = 1;
  key(1, 1) = 9, query(1, 0) = 9;  // a score of 81/2 that the mask hides
  value(0, 0) = 4, value(0, 1) = 8;
  attend({query.data(), key.data(), value.data(), 8, 2, 0.5}, weights.data(), context.data());
  CHECK(weights(0, 0) == 1);
  CHECK(weights(1, 0) == 0);
  CHECK(close(weights(0, 1), 0.75, 1e-15, 0));
  CHECK(close(context(0, 1), 5, 1e-14, 0));
  CHECK(context(0, 0) == 4);
}

TEST_CASE(
    "causal attention: scores (1000), (1000 + ln 3, 1000) weigh the first of two keys by 1 and 3/4, (-1000) by 1") {
  Matrix query = Matrix::Zero(8, 2), key = Matrix::Zero(8, 2), value = Matrix::Zero(8, 2), weights(2, 2), context(8, 2);
  key(0, 0) = key(1, 1) = 1;
  query(0, 0) = 2000, query(0, 1) = 2000 + 2 * std::log(3.0), query(1, 1) = 2000;
  attend({query.data(), key.data(), value.data(), 8, 2, 0.5}, weights.data(), context.data());
  CHECK(weights(0, 0) == 1);
  CHECK(close(weights(0, 1), 0.75, 1e-12, 0));  // 1000 + ln 3 rounds to 1e-13
  query(0, 0) = -2000;
  attend({query.data(), key.data(), value.data(), 8, 2, 0.5}, weights.data(), context.data());
  CHECK(weights(0, 0) == 1);
}

TEST_CASE("transformer: all parameters 0 but the biases (ln 3, 0): loss of targets 0 and 1 is ln 4 - (ln 3)/2") {
  const TransformerConfig config{.layers = 2, .dimension = 3, .vocabulary = 2, .length = 3, .activation = "identity"};
  Blocks blocks = initial_blocks(config, 0);
  for (auto& [name, block] : blocks) block.setZero();
  blocks.at("output_bias")(0) = std::log(3.0);
  ThreadTeam team(1);
  Transformer model(config, team);
  Blocks gradient = {{"output_bias", Matrix(2, 1)}};
  const TokenBatch batch = next_token_batch({2, 3, {1, 0, 1}});
  CHECK(close(model.loss(blocks, batch, gradient), std::log(4.0) - std::log(3.0) / 2, 1e-15, 0));
  CHECK(close(gradient.at("output_bias")(0), 0.25, 1e-15, 0));  // 3/4 - 1/2
  CHECK(gradient.size() == 1);
}

TEST_CASE("transformer: same bits with 1, 2 and 3 threads, and whatever batch was seen before") {
  for (const char* activation : {"relu", "tanh"}) {
    TransformerCase one = transformer_case(3, activation);
    one.config.dimension = 24, one.config.hidden = 300;  // several pieces of a sum, several panels
    one.blocks = initial_blocks(one.config, 5);
    Philox random(6, Purpose::test, 52);
    while (one.inputs.sequences() < 60) {  // several chunks
      for (Corpus* corpus : {&one.inputs, &one.targets})
        for (int p = 0; p < 6; ++p) corpus->tokens.push_back(static_cast<std::int32_t>(random.below(9)));
    }
    one.weights = Matrix::Ones(6, 60);
    double loss[3];
    const Blocks first = gradient_with(one, 1, loss);
    for (const int threads : {2, 3}) {
      const Blocks other = gradient_with(one, threads, loss + threads - 1);
      CHECK(loss[threads - 1] == loss[0]);
      for (const auto& [name, block] : first) CHECK_MESSAGE(block == other.at(name), name);
    }
    ThreadTeam team(2);
    Transformer model(one.config, team);
    Blocks gradient = one.blocks;
    TransformerCase small = one;
    small.inputs = one.inputs.part(0, 5), small.targets = one.targets.part(0, 5), small.weights = Matrix::Ones(6, 5);
    const Blocks alone = gradient_with(small, 1);
    model.loss(one.blocks, one.batch(), gradient);
    model.loss(one.blocks, small.batch(), gradient);
    for (const auto& [name, block] : alone) CHECK_MESSAGE(block == gradient.at(name), name);
  }
}

TEST_CASE("transformer: a token changes nothing before it, and everything after it") {
  TransformerCase one = transformer_case(2, "relu");
  ThreadTeam team(1);
  Transformer model(one.config, team);
  model.loss(one.blocks, one.batch());
  const Matrix before = model.output(1);
  one.inputs.tokens[3] = (one.inputs.tokens[3] + 1) % 9;  // of the first sequence
  model.loss(one.blocks, one.batch());
  const Matrix after = model.output(1);
  CHECK(before.leftCols(3) == after.leftCols(3));
  for (Index position = 3; position < 6; ++position) CHECK(before.col(position) != after.col(position));
  CHECK(before.rightCols(before.cols() - 6) == after.rightCols(before.cols() - 6));
}

TEST_CASE("transformer: next tokens of (0 1 2), (2), () of length 3 are 1 and 2, with weight 1/2 each") {
  const TokenBatch batch = next_token_batch({3, 3, {0, 1, 2, 2, -1, -1, -1, -1, -1}});
  CHECK(batch.inputs == std::vector<std::int32_t>{0, 1, 2, 2});
  CHECK(batch.targets == std::vector<std::int32_t>{1, 2, no_token, no_token});
  CHECK(batch.weights == Eigen::Vector4d(0.5, 0.5, 0, 0));
  CHECK(batch.first == std::vector<Index>{0, 3, 4, 4});
  CHECK_THROWS_AS(next_token_batch({3, 2, {0, -1, 1, -1}}), ConfigError);
}

TEST_CASE("transformer: weights of positions are divided by their sum, a weight of 0 predicts nothing") {
  Matrix weights(2, 2);
  weights << 3, 0, 0, 1e9;  // (position, sequence); the last has no token
  const TokenBatch batch = weighted_batch({4, 2, {0, 1, 2, -1}}, {4, 2, {3, 3, 3, -1}}, weights);
  CHECK(batch.targets == std::vector<std::int32_t>{3, no_token, no_token});
  CHECK(batch.weights == Eigen::Vector3d(1, 0, 0));
  CHECK_THROWS_AS(weighted_batch({4, 2, {0, 1}}, {4, 2, {0, -1}}, Matrix::Ones(2, 1)), std::invalid_argument);
  CHECK_THROWS_AS(weighted_batch({4, 2, {0, 1}}, {4, 2, {0, 1}}, Matrix::Zero(2, 1)), std::invalid_argument);
  CHECK_THROWS_AS(weighted_batch({4, 2, {0, 1}}, {4, 2, {0, 1}}, Matrix::Constant(2, 1, std::nan(""))),
                  std::invalid_argument);
}

TEST_CASE("transformer: initial maps from n features have deviation 1/sqrt(n), gains 1, biases 0, layers differ") {
  const TransformerConfig config{.layers = 2, .dimension = 64, .embedding_std = 0.5};
  const Blocks blocks = initial_blocks(config, 1);
  CHECK(blocks.size() == transformer_blocks(config).size());
  const auto deviation = [&](const char* name) {
    return std::sqrt(blocks.at(name).squaredNorm() / static_cast<double>(blocks.at(name).size()));
  };
  // a deviation of n normal numbers is off by 1/sqrt(2 n); four of those, n = 32,768 and 6,400 and 8,192
  CHECK(close(deviation("ffn_output"), 1.0 / 16, 0, 4 / std::sqrt(2 * 32768.0)));
  CHECK(close(deviation("token_embedding"), 0.5, 0, 4 / std::sqrt(2 * 6400.0)));
  CHECK(close(deviation("query"), 1.0 / 8, 0, 4 / std::sqrt(2 * 8192.0)));
  CHECK(blocks.at("query").leftCols(64) != blocks.at("query").rightCols(64));
  CHECK((blocks.at("ffn_norm_gain").array() == 1).all());
  CHECK((blocks.at("ffn_input_bias").array() == 0).all());
  CHECK(blocks.at("ffn_input").rows() == 64);
  CHECK(blocks.at("ffn_input").cols() == 2 * 256);
}

TEST_CASE("transformer: trains by Adam on a sequence it can learn, sizes and batches that do not fit are refused") {
  const TransformerConfig config{.layers = 1, .dimension = 16, .vocabulary = 5, .length = 10};
  ThreadTeam team(2);
  Transformer model(config, team);
  const TokenBatch batch = next_token_batch({5, 10, {0, 1, 2, 3, 4, 0, 1, 2, 3, 4}});
  BlockState state{initial_blocks(config, 2), {}};
  std::map<std::string, BlockTraining> train;
  for (const auto& [name, block] : state.parameters) train[name] = {"adam", 0.01};
  BlockStage stage(state, train, model.gradient_of([&]() -> const TokenBatch& { return batch; }));
  const double first = stage.evaluate();
  for (int step = 0; step < 100; ++step) stage.evaluate(), stage.update();
  CHECK(first > 1);
  CHECK(stage.evaluate() < 0.05);

  CHECK_THROWS_AS(model.loss(state.parameters, next_token_batch({6, 2, {0, 5}})), ConfigError);
  CHECK_THROWS_AS(model.loss(state.parameters, next_token_batch({5, 11, std::vector<std::int32_t>(11, 0)})),
                  ConfigError);
  Blocks other = state.parameters;
  other.at("query").setZero(16, 15);
  CHECK_THROWS_AS(model.loss(other, batch), std::invalid_argument);
  other.erase("query");
  CHECK_THROWS_AS(model.loss(other, batch), std::invalid_argument);
  CHECK(refused({.layers = 0}) == "model.layers");
  CHECK(refused({.dimension = 0}) == "model.dimension");
  CHECK(refused({.hidden = -1}) == "model.hidden");
  CHECK(refused({.vocabulary = 0}) == "model.vocabulary");
  CHECK(refused({.length = 0}) == "model.length");
  CHECK(refused({.activation = "gelu"}) == "model.activation");
  CHECK(refused({.norm = "pre"}) == "model.norm");
  CHECK(refused({.embedding_std = -1}) == "model.init.embedding_std");
  CHECK(refused({.weight_scale = std::nan("")}) == "model.init.weight_scale");
  CHECK(refused({}).empty());
}
