#pragma once
#include <string>
#include <vector>

#include "sim/activation/activation.h"
#include "sim/train/blocks.h"
#include "sim/types.h"

namespace lemmata::sim {

/// A causal transformer of single-head attention; theory/joma.md, "Multilayer transformer: definition".
struct TransformerConfig {
  long layers = 3;
  long dimension = 64;    ///< d
  long hidden = 0;        ///< neurons of a layer's FFN; 0 is 4 d
  long vocabulary = 100;  ///< V
  long length = 30;       ///< longest sequence
  std::string activation = "relu";
  std::string norm = "post";          ///< post: LayerNorm behind each residual sum | none
  std::string positions = "learned";  ///< learned: an embedding of its own for each position | none
  bool feed_forward = true;           ///< false: layers of attention alone
  double embedding_std = 1;           ///< of each number of both embeddings at the start
  double weight_scale = 1;            ///< a map from n features starts as N(0, weight_scale^2 / n)

  Index hidden_units() const { return hidden == 0 ? 4 * dimension : hidden; }
  bool has_norm() const { return norm != "none"; }
  bool has_positions() const { return positions != "none"; }
};

/// @throws ConfigError("model.<field>", ...)
void check(const TransformerConfig& config);

/// How one block of parameters looks. The matrix of a block that every layer has is (rows, layers x columns), a layer's
/// columns adjacent.
struct TransformerBlock {
  enum class Start { embedding, map, zero, one };
  std::string name;
  Index rows, columns;
  bool in_every_layer;
  Start start;
};

/// All blocks that a model of this configuration has. A map is (features in, features out), y = W^T x, so that a column
/// of ffn_input is the vector w_k of one neuron:
///   token_embedding (d, V), position_embedding (d, length) if there are positions; per layer query, key, value,
///   attention_output (d, d), attention_norm_gain, attention_norm_bias (d, 1), ffn_input (d, hidden), ffn_input_bias
///   (hidden, 1), ffn_output (hidden, d), ffn_output_bias (d, 1), ffn_norm_gain, ffn_norm_bias (d, 1); output (d, V),
///   output_bias (V, 1).
std::vector<TransformerBlock> transformer_blocks(const TransformerConfig& config);

/// Initial values: maps and embeddings normal, gains 1, biases 0; block number i in the order of `transformer_blocks`
/// is the stream (seed, init, i). Checked by: tests/sim/transformer_test.cpp.
Blocks initial_blocks(const TransformerConfig& config, std::uint64_t seed);

}  // namespace lemmata::sim
