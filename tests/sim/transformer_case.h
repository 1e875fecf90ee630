#pragma once
#include "sim/random.h"
#include "sim/transformer/transformer.h"
#include "tests/oracle/naive_transformer.h"

// A small transformer with sequences of different lengths, and the naive model of the same blocks.
namespace lemmata::oracle {

struct TransformerCase {
  sim::TransformerConfig config;
  sim::Blocks blocks;
  sim::Corpus inputs, targets;
  Matrix weights;  // (position, sequence)

  sim::TokenBatch batch() const { return sim::weighted_batch(inputs, targets, weights); }

  template <class T>
  NaiveTransformer<T> naive() const {
    NaiveTransformer<T> naive{.layers = config.layers,
                              .dimension = config.dimension,
                              .hidden = config.hidden_units(),
                              .activation = config.activation,
                              .has_norm = config.has_norm(),
                              .feed_forward = config.feed_forward};
    for (const auto& [name, block] : blocks) naive.blocks.emplace(name, Table<T>(block));
    return naive;
  }
};

/// Sequences of 6, 4, 1, 0, 6 and 2 tokens of 9; every block random, biases and gains too; weights of every size, and 0
/// at some positions that have a token.
inline TransformerCase transformer_case(long layers, const std::string& activation, const std::string& norm = "post",
                                        bool feed_forward = true, std::uint64_t seed = 3,
                                        const std::string& positions = "learned") {
  TransformerCase one;
  one.config = {.layers = layers,
                .dimension = 5,
                .hidden = 11,
                .vocabulary = 9,
                .length = 6,
                .activation = activation,
                .norm = norm,
                .positions = positions,
                .feed_forward = feed_forward};
  one.blocks = sim::initial_blocks(one.config, seed);
  sim::Philox random(seed, sim::Purpose::test, 50);
  for (auto& [name, block] : one.blocks) block = block.unaryExpr([&](double x) { return x + 0.3 * random.normal(); });
  const Index lengths[] = {6, 4, 1, 0, 6, 2};
  one.inputs = one.targets = {9, 6, {}};
  one.weights.setZero(6, 6);
  for (Index s = 0; s < 6; ++s) {
    for (Index p = 0; p < 6; ++p) {
      const bool token = p < lengths[s];
      one.inputs.tokens.push_back(token ? static_cast<std::int32_t>(random.below(9)) : sim::no_token);
      one.targets.tokens.push_back(token ? static_cast<std::int32_t>(random.below(9)) : sim::no_token);
      if (token && random.uniform() < 0.8) one.weights(p, s) = random.uniform();
    }
  }
  return one;
}

}  // namespace lemmata::oracle
