#include "sim/transformer/config.h"

#include <cmath>

#include "sim/error.h"
#include "sim/random.h"
#include "sim/registry.h"

namespace lemmata::sim {

void check(const TransformerConfig& config) {
  const auto at_least_1 = [](const char* field, long found) {
    if (found < 1) throw ConfigError(std::string("model.") + field, found, "a whole number >= 1");
  };
  at_least_1("layers", config.layers);
  at_least_1("dimension", config.dimension);
  at_least_1("vocabulary", config.vocabulary);
  at_least_1("length", config.length);
  if (config.hidden < 0) throw ConfigError("model.hidden", config.hidden, "a whole number >= 0; 0 is 4 x dimension");
  find_entry(activations(), config.activation, "model.activation");
  if (config.norm != "post" && config.norm != "none") throw ConfigError("model.norm", config.norm, "post | none");
  if (config.positions != "learned" && config.positions != "none")
    throw ConfigError("model.positions", config.positions, "learned | none");
  const auto not_negative = [](const char* field, double found) {
    if (!(found >= 0 && std::isfinite(found))) throw ConfigError(std::string("model.") + field, found, "a number >= 0");
  };
  not_negative("init.embedding_std", config.embedding_std);
  not_negative("init.weight_scale", config.weight_scale);
}

std::vector<TransformerBlock> transformer_blocks(const TransformerConfig& config) {
  using enum TransformerBlock::Start;
  const Index d = config.dimension, hidden = config.hidden_units();
  std::vector<TransformerBlock> blocks = {{"token_embedding", d, config.vocabulary, false, embedding}};
  if (config.has_positions()) blocks.push_back({"position_embedding", d, config.length, false, embedding});
  for (const char* name : {"query", "key", "value", "attention_output"}) blocks.push_back({name, d, d, true, map});
  const auto add_norm = [&](const std::string& name) {
    if (!config.has_norm()) return;
    blocks.push_back({name + "_gain", d, 1, true, one});
    blocks.push_back({name + "_bias", d, 1, true, zero});
  };
  add_norm("attention_norm");
  if (config.feed_forward) {
    blocks.push_back({"ffn_input", d, hidden, true, map});
    blocks.push_back({"ffn_input_bias", hidden, 1, true, zero});
    blocks.push_back({"ffn_output", hidden, d, true, map});
    blocks.push_back({"ffn_output_bias", d, 1, true, zero});
    add_norm("ffn_norm");
  }
  blocks.push_back({"output", d, config.vocabulary, false, map});
  blocks.push_back({"output_bias", config.vocabulary, 1, false, zero});
  return blocks;
}

Blocks initial_blocks(const TransformerConfig& config, std::uint64_t seed) {
  using enum TransformerBlock::Start;
  check(config);
  Blocks blocks;
  std::uint64_t number = 0;
  for (const TransformerBlock& block : transformer_blocks(config)) {
    Matrix& values = blocks[block.name];
    values.setConstant(block.rows, block.columns * (block.in_every_layer ? config.layers : 1),
                       block.start == one ? 1.0 : 0.0);
    if (block.start == map || block.start == embedding) {
      Philox(seed, Purpose::init, number).fill_normal({values.data(), static_cast<std::size_t>(values.size())});
      values *= block.start == embedding ? config.embedding_std
                                         : config.weight_scale / std::sqrt(static_cast<double>(block.rows));
    }
    ++number;
  }
  return blocks;
}

}  // namespace lemmata::sim
