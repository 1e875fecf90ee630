#include "sim/transformer/layer.h"

#include <algorithm>
#include <cmath>

#include "sim/transformer/causal_attention.h"
#include "sim/transformer/normalization.h"

namespace lemmata::sim {
namespace {

/// to (+)= A from, in the columns of a chunk.
void apply(const LeftPanels& a, const TokenFeatures& from, const Chunk& chunk, bool adds, TokenFeatures& to) {
  product(a, from.column(chunk.first_token), from.stride(), chunk.tokens, to.column(chunk.first_token), to.stride(),
          adds);
}

void copy(const TokenFeatures& from, const Chunk& chunk, TokenFeatures& to) {
  std::copy_n(from.column(chunk.first_token), chunk.tokens * from.stride(), to.column(chunk.first_token));
}

template <class Step>
void for_tokens(const Chunk& chunk, Step step) {
  for (Index token = chunk.first_token; token < chunk.first_token + chunk.tokens; ++token) step(token);
}

// The two activations of the papers without a call per number.
void activate(const ActivationEntry& activation, Index size, const double* before, double* after) {
  if (activation.name == "identity")
    std::copy_n(before, size, after);
  else if (activation.name == "relu")
    for (Index i = 0; i < size; ++i) after[i] = before[i] <= 0 ? 0 : before[i];  // NaN stays NaN
  else
    for (Index i = 0; i < size; ++i) after[i] = activation.activation->value(before[i]);
}

// dL/dz = phi'(z) dL/dh, in place.
void activate_backward(const ActivationEntry& activation, Index size, const double* before, double* d) {
  if (activation.name == "identity") return;
  if (activation.name == "relu")
    for (Index i = 0; i < size; ++i) d[i] *= before[i] > 0 ? 1.0 : 0.0;
  else
    for (Index i = 0; i < size; ++i) d[i] *= activation.activation->slope(before[i]);
}

void norm_forward(const Chunk& chunk, const double* gain, const double* bias, TokenFeatures& values,
                  TokenFeatures& normal, Vector& inverse) {
  for_tokens(chunk, [&](Index token) {
    inverse(token) = normalize(values.features(), gain, bias, values.column(token), normal.column(token));
  });
}

void norm_backward(const Chunk& chunk, const double* gain, const TokenFeatures& normal, const Vector& inverse,
                   const TokenFeatures& d_y, TokenFeatures& d_r) {
  for_tokens(chunk, [&](Index token) {
    normalize_backward(d_y.features(), gain, normal.column(token), inverse(token), d_y.column(token),
                       d_r.column(token));
  });
}

double score_scale(long dimension) { return 1 / std::sqrt(static_cast<double>(dimension)); }

}  // namespace

void LayerPass::attend_forward(const Chunk& chunk, LayerCache& cache) const {
  for (Index s = chunk.first_sequence; s < chunk.first_sequence + chunk.sequences; ++s) {
    const Index token = batch.tokens_before(s);
    attend({cache.query.column(token), cache.key.column(token), cache.value.column(token), cache.query.stride(),
            batch.length(s), score_scale(config.dimension)},
           cache.attention.data() + first_weight[static_cast<std::size_t>(s)], cache.context.column(token));
  }
}

void LayerPass::attend_back(const Chunk& chunk, const LayerCache& cache, LayerGradients& gradients) const {
  for (Index s = chunk.first_sequence; s < chunk.first_sequence + chunk.sequences; ++s) {
    const Index token = batch.tokens_before(s), weight = first_weight[static_cast<std::size_t>(s)];
    attend_backward({cache.query.column(token), cache.key.column(token), cache.value.column(token),
                     cache.query.stride(), batch.length(s), score_scale(config.dimension)},
                    cache.attention.data() + weight, gradients.context.column(token), gradients.scores.data() + weight,
                    gradients.query.column(token), gradients.key.column(token), gradients.value.column(token));
  }
}

void LayerPass::ffn_forward(const Chunk& chunk, const LayerWeights& weights, LayerCache& cache) const {
  const Index d = config.dimension, hidden = config.hidden_units();
  Eigen::Map<const Vector> input_bias(weights.ffn_input_bias, hidden), output_bias(weights.ffn_output_bias, d);
  apply(weights.ffn_input.forward, cache.middle, chunk, false, cache.before);
  for_tokens(chunk, [&](Index token) {
    Eigen::Map<Vector>(cache.before.column(token), hidden) += input_bias;
    activate(activation, hidden, cache.before.column(token), cache.hidden.column(token));
    Eigen::Map<Vector>(cache.output.column(token), d) =
        Eigen::Map<const Vector>(cache.middle.column(token), d) + output_bias;
  });
  apply(weights.ffn_output.forward, cache.hidden, chunk, true, cache.output);
}

// With s = y + W_2^T h + b_2, h = phi(z), z = W_1^T y + b_1:  dL/dz = phi'(z) o W_2 dL/ds,  dL/dy = dL/ds + W_1 dL/dz.
void LayerPass::ffn_backward(const Chunk& chunk, const LayerWeights& weights, const LayerCache& cache,
                             LayerGradients& gradients) const {
  apply(weights.ffn_output.backward, gradients.ffn_sum, chunk, false, gradients.before);
  for_tokens(chunk, [&](Index token) {
    activate_backward(activation, config.hidden_units(), cache.before.column(token), gradients.before.column(token));
  });
  copy(gradients.ffn_sum, chunk, gradients.middle);
  apply(weights.ffn_input.backward, gradients.before, chunk, true, gradients.middle);
}

void LayerPass::forward(const Chunk& chunk, const LayerWeights& weights, const TokenFeatures& input,
                        LayerCache& cache) const {
  apply(weights.query.forward, input, chunk, false, cache.query);
  apply(weights.key.forward, input, chunk, false, cache.key);
  apply(weights.value.forward, input, chunk, false, cache.value);
  attend_forward(chunk, cache);
  copy(input, chunk, cache.middle);
  apply(weights.attention_output.forward, cache.context, chunk, true, cache.middle);
  if (config.has_norm())
    norm_forward(chunk, weights.attention_norm_gain, weights.attention_norm_bias, cache.middle, cache.attention_normal,
                 cache.attention_inverse);
  if (!config.feed_forward) return;
  ffn_forward(chunk, weights, cache);
  if (config.has_norm())
    norm_forward(chunk, weights.ffn_norm_gain, weights.ffn_norm_bias, cache.output, cache.ffn_normal,
                 cache.ffn_inverse);
}

// The same steps backwards: every residual sum hands its gradient to both of its terms.
void LayerPass::backward(const Chunk& chunk, const LayerWeights& weights, const LayerCache& cache,
                         LayerGradients& gradients) const {
  if (config.feed_forward) {
    if (config.has_norm())
      norm_backward(chunk, weights.ffn_norm_gain, cache.ffn_normal, cache.ffn_inverse, gradients.output,
                    gradients.ffn_sum);
    else
      copy(gradients.output, chunk, gradients.ffn_sum);
    ffn_backward(chunk, weights, cache, gradients);
  } else {
    copy(gradients.output, chunk, gradients.middle);
  }
  if (config.has_norm())
    norm_backward(chunk, weights.attention_norm_gain, cache.attention_normal, cache.attention_inverse, gradients.middle,
                  gradients.attention_sum);
  else
    copy(gradients.middle, chunk, gradients.attention_sum);
  apply(weights.attention_output.backward, gradients.attention_sum, chunk, false, gradients.context);
  attend_back(chunk, cache, gradients);
  copy(gradients.attention_sum, chunk, gradients.input);
  apply(weights.query.backward, gradients.query, chunk, true, gradients.input);
  apply(weights.key.backward, gradients.key, chunk, true, gradients.input);
  apply(weights.value.backward, gradients.value, chunk, true, gradients.input);
}

// dL/dW = sum_t x_t (dL/dy_t)^T;  dL/dbias = sum_t dL/dy_t;  dL/dgain = sum_t dL/dy_t o n_t.
void LayerPass::add_sums(long layer, const TokenFeatures& input, const LayerCache& cache,
                         const LayerGradients& gradients, Blocks& gradient, TokenSums& sums) const {
  const auto place = [&](const char* name) -> double* {
    const auto block = gradient.find(name);
    if (block == gradient.end()) return nullptr;
    return block->second.data() + layer * (block->second.size() / config.layers);
  };
  const auto outer = [&](const char* name, const TokenFeatures& left, const TokenFeatures& right) {
    if (double* to = place(name)) sums.add_outer(left, right, to);
  };
  const auto sum = [&](const char* name, const TokenFeatures& values) {
    if (double* to = place(name)) sums.add_sum(values, to);
  };
  const auto gain = [&](const char* name, const TokenFeatures& values, const TokenFeatures& normal) {
    if (double* to = place(name)) sums.add_sum(values, normal, to);
  };
  outer("ffn_input", cache.middle, gradients.before);
  outer("ffn_output", cache.hidden, gradients.ffn_sum);
  outer("query", input, gradients.query);
  outer("key", input, gradients.key);
  outer("value", input, gradients.value);
  outer("attention_output", cache.context, gradients.attention_sum);
  sum("ffn_input_bias", gradients.before);
  sum("ffn_output_bias", gradients.ffn_sum);
  sum("ffn_norm_bias", gradients.output);
  gain("ffn_norm_gain", gradients.output, cache.ffn_normal);
  sum("attention_norm_bias", gradients.middle);
  gain("attention_norm_gain", gradients.middle, cache.attention_normal);
}

}  // namespace lemmata::sim
