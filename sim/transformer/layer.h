#pragma once
#include "sim/numerics/panel_products.h"
#include "sim/transformer/batch.h"
#include "sim/transformer/config.h"
#include "sim/transformer/token_features.h"
#include "sim/transformer/token_sums.h"

// One layer of the transformer, forward and backward, on one chunk of sequences. Shapes as in transformer_blocks.
namespace lemmata::sim {

/// A map as the products want it: W^T for y = W^T x, and W for dL/dx = W dL/dy.
struct MapPanels {
  LeftPanels forward, backward;
};

/// What a layer computes with. Biases and gains point into the blocks of parameters.
struct LayerWeights {
  MapPanels query, key, value, attention_output, ffn_input, ffn_output;
  const double *attention_norm_gain, *attention_norm_bias, *ffn_input_bias, *ffn_output_bias, *ffn_norm_gain,
      *ffn_norm_bias;
};

/// What the forward pass leaves for the backward pass and for measurements, of all tokens.
struct LayerCache {
  TokenFeatures query, key, value, context;
  TokenFeatures attention_normal, middle;  ///< n of the first LayerNorm; what the FFN sees
  TokenFeatures before, hidden;            ///< z = W_1^T middle + b_1, phi(z)
  TokenFeatures ffn_normal, output;
  Vector attention_inverse, ffn_inverse;  ///< (token)
  Vector attention;                       ///< P (key, query) of one sequence after another
};

/// dL/d(...) of the present layer; the layers of a pass share one.
struct LayerGradients {
  TokenFeatures output, ffn_sum, before, middle, attention_sum, context, query, key, value, input;
  Vector scores;
};

/// The steps of a layer. Holds no state: sizes and references only.
struct LayerPass {
  const TransformerConfig& config;
  const ActivationEntry& activation;
  const TokenBatch& batch;
  const std::vector<Index>& first_weight;  ///< (sequence), where its attention weights begin

  void forward(const Chunk& chunk, const LayerWeights& weights, const TokenFeatures& input, LayerCache& cache) const;
  /// From gradients.output to gradients.input; the sums over tokens follow once all chunks are done.
  void backward(const Chunk& chunk, const LayerWeights& weights, const LayerCache& cache,
                LayerGradients& gradients) const;
  /// Adds the sums that are the gradients of this layer's blocks, for those that `gradient` has.
  void add_sums(long layer, const TokenFeatures& input, const LayerCache& cache, const LayerGradients& gradients,
                Blocks& gradient, TokenSums& sums) const;

 private:
  void attend_forward(const Chunk& chunk, LayerCache& cache) const;
  void attend_back(const Chunk& chunk, const LayerCache& cache, LayerGradients& gradients) const;
  void ffn_forward(const Chunk& chunk, const LayerWeights& weights, LayerCache& cache) const;
  void ffn_backward(const Chunk& chunk, const LayerWeights& weights, const LayerCache& cache,
                    LayerGradients& gradients) const;
};

}  // namespace lemmata::sim
