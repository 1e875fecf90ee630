#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sim/activation/activation.h"
#include "sim/joma/layer_data.h"
#include "sim/train/blocks.h"

namespace lemmata::sim {

/// The one-layer model of JoMA: attention over the tokens of a sample, then K hidden nodes.
///
///   b = sigma(z_q) o x / A,  f = U_C b + u_q,  h_k = phi(w_k . f),  q the query of the sample;
///   linear: sigma(s) = s;  exp: sigma(s) = exp(s/T);  softmax: sigma as exp, A = sum_l sigma(z_l) x_l per sample.
/// Loss, E the mean over samples by their weights:
///   cross_entropy  E[-log softmax(h)_label] over the K outputs (a node beyond the classes is never right);
///   upper          the same of upper^T h, upper a trained block;
///   fixed          -E[sum_k g_k h_k], so that g = -dLoss/dh is the same at every step (the paper's "stationary g").
/// Blocks: w (dimension, node), z (token, query), upper (node, class; upstream `upper` only). What is trained is w in
/// R^dimension for every embedding; v_k = U_C^T w_k and xi_k = u_q . w_k follow from it (`token_values`), and with
/// orthonormal embeddings gradient steps on w are gradient steps on (v, xi).
/// A minibatch weighs its samples by P(sample) samples/batch: its gradient is that of all samples in the mean.
/// Source: Tian, Wang, Zhang, Chen, Du, ICLR 2024, arXiv 2310.00535, restated in joma.md, Theorem 1.
/// Checked by: tests/sim/layer_test.cpp (central difference, complex step), tests/peers/layer_agreement_test.py.
class Layer {
 public:
  /// @throws ConfigError  see check_layer_config.
  Layer(const LayerConfig& config, std::uint64_t seed);
  /// The same on samples of one's own. @throws std::invalid_argument  shapes that are not those of the config.
  Layer(const LayerConfig& config, LayerData data);

  const LayerConfig& config() const { return config_; }
  const LayerData& data() const { return data_; }

  /// Initial values, N(0, std^2) from the streams (seed, init, 0..2) of w, z, upper.
  Blocks initial(std::uint64_t seed) const;

  /// From here on `evaluate` sees these samples only. @throws std::out_of_range on a sample that is not there.
  void use_samples(const std::vector<Index>& samples);

  /// Loss at `parameters` and its gradient by the blocks that `gradient` has: a BlockGradient.
  double evaluate(const Blocks& parameters, Blocks& gradient);
  /// The same as a function; it refers to this object.
  BlockGradient function() {
    return [this](const Blocks& parameters, Blocks& gradient) { return evaluate(parameters, gradient); };
  }

  const Matrix& attention() const { return attention_; }  ///< b, (token, sample in use), as of the last `evaluate`
  const Matrix& hidden() const { return hidden_; }        ///< h, (node, sample in use), likewise
  Vector mean_attention() const { return attention_ * weight_; }  ///< E[b], (token), likewise
  /// U_C^T w, (token, node): the values v; or of dLoss/dw the gradient by v (orthonormal embeddings).
  Matrix token_values(const Matrix& w) const;
  Matrix query_values(const Matrix& w) const;  ///< xi = u_q . w_k, (query, node)

 private:
  void attend(const Matrix& z);
  Matrix attention_gradient() const;
  double upstream(const Blocks& parameters, Blocks& gradient);
  double cross_entropy(const Matrix& logits, Matrix& d_logits) const;
  Matrix embedded(const Matrix& d_tokens, const Matrix& d_queries) const;

  LayerConfig config_;
  LayerData data_;
  const Activation* activation_;
  // The samples in use: x, 1 at (query, sample), 1 at (logit, sample), g, weights.
  Matrix context_, selector_, target_, upstream_;
  Vector weight_;
  // One evaluation. d_... are derivatives of the loss.
  Matrix attention_, token_values_, query_values_, preactivation_, hidden_, d_hidden_, d_preactivation_, d_attention_;
};

}  // namespace lemmata::sim
