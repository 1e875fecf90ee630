#pragma once
#include <functional>

#include "sim/transformer/layer.h"

namespace lemmata::sim {

/// Loss and exact gradients of the causal transformer of theory/joma.md ("Multilayer transformer: definition"):
///   x_0(t) = E[token] + P[position];  per layer  y = LN(x + W_o^T attention(x)),  x' = LN(y + W_2^T phi(W_1^T y + b_1)
///   + b_2);  logits = W^T x_layers + b;  L = sum_t weight_t (log sum_v exp logit_v - logit_target), in nat,
/// with the weights of the batch (they sum to 1). Same bits for any number of threads: each entry of a product is one
/// sum in a fixed order, sums over tokens are owned by one task each. Holds buffers of the largest batch seen, about
/// 8 (16 layers + 14) d bytes per token with hidden = 4 d, and twice the parameters; no allocation once they are there.
/// Checked by: tests/sim/transformer_gradient_test.cpp (naive version, complex step), tests/sim/transformer_test.cpp,
/// tests/scripts/transformer_torch_test.py.
class Transformer {
 public:
  /// @param team  runs the passes; it must live as long. @throws ConfigError, see `check`.
  Transformer(const TransformerConfig& config, ThreadTeam& team);

  /// L at `parameters`, forward only. A batch with a token outside the vocabulary, or longer than the positions, is
  /// refused. @throws ConfigError("corpus.<field>", ...); std::invalid_argument where blocks have other shapes.
  double loss(const Blocks& parameters, const TokenBatch& batch);

  /// L, and its gradient by those blocks that `gradient` has, in their shapes. @throws like `loss`.
  double loss(const Blocks& parameters, const TokenBatch& batch, Blocks& gradient);

  /// The same as a function of the blocks for BlockStage, of the batch that `batch` returns when it is called.
  BlockGradient gradient_of(std::function<const TokenBatch&()> batch);

  // What the last pass computed, of all its tokens; layers count from 0.
  /// P(key, query) of one sequence, (length, length), 0 above the diagonal of the past: key <= query.
  Eigen::Map<const Matrix> attention(long layer, Index sequence) const;
  /// phi(W_1^T y + b_1), (hidden, token).
  Matrix hidden(long layer) const;
  /// x, the layer's output, (d, token).
  Matrix output(long layer) const;
  /// Cross entropy of every token in nat, 0 where nothing is predicted.
  const Vector& token_losses() const { return token_losses_; }

  const TransformerConfig& config() const { return config_; }

 private:
  void check_shapes(const Blocks& parameters, const TokenBatch& batch) const;
  void resize(const TokenBatch& batch);
  void pack_weights(const Blocks& parameters, bool with_gradient);
  double forward(const Blocks& parameters, const TokenBatch& batch, bool with_gradient);
  void embed(const Blocks& parameters, const TokenBatch& batch, const Chunk& chunk);
  void head(const Blocks& parameters, const TokenBatch& batch, const Chunk& chunk, bool with_gradient);
  void backward(const TokenBatch& batch, Blocks& gradient);
  void embedding_gradient(const TokenBatch& batch, Blocks& gradient);
  TokenFeatures& input(long layer);
  TokenFeatures& output_of(long layer) { return input(layer + 1); }

  TransformerConfig config_;
  std::vector<TransformerBlock> blocks_;
  const ActivationEntry* activation_;
  ThreadTeam& team_;
  TokenSums sums_;
  std::vector<LayerWeights> weights_;
  MapPanels output_weights_;
  std::vector<LayerCache> caches_;
  LayerGradients gradients_;
  TokenFeatures embedded_, logits_;  // logits, then dL/dlogits
  Vector token_losses_;
  std::vector<Chunk> chunks_;
  std::vector<Index> first_token_, first_weight_;  // (sequence) of the last batch
  Index tokens_ = 0;
};

}  // namespace lemmata::sim
