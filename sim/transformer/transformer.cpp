#include "sim/transformer/transformer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "sim/error.h"
#include "sim/registry.h"

namespace lemmata::sim {
namespace {

// Columns below which the products get slow, and chunks per thread: a thread that is held up leaves some to the others.
constexpr Index fewest_tokens = 48, chunks_per_thread = 2;

const TransformerConfig& checked(const TransformerConfig& config) {
  check(config);
  return config;
}

/// The sequences in turn, a chunk as soon as there are enough tokens. No number of a pass depends on how: what is in a
/// chunk is computed per token or per sequence, and sums over tokens know no chunks.
void divide(const TokenBatch& batch, int threads, std::vector<Chunk>& chunks) {
  const Index share = threads == 1 ? batch.tokens() : batch.tokens() / (chunks_per_thread * threads);
  chunks.clear();
  Index first = 0;
  for (Index next = 1; next <= batch.sequences(); ++next) {
    const Index tokens = batch.tokens_before(next) - batch.tokens_before(first);
    if (tokens == 0 || (tokens < std::max(fewest_tokens, share) && next < batch.sequences())) continue;
    chunks.push_back({first, next - first, batch.tokens_before(first), tokens});
    first = next;
  }
}

Matrix copied(const TokenFeatures& values, Index tokens) {
  return Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(values.column(0), values.features(), tokens,
                                                           Eigen::OuterStride<>(values.stride()));
}

}  // namespace

Transformer::Transformer(const TransformerConfig& config, ThreadTeam& team)
    : config_(checked(config)),
      blocks_(transformer_blocks(config)),
      activation_(&find_entry(activations(), config.activation, "model.activation")),
      team_(team),
      sums_(team),
      weights_(static_cast<std::size_t>(config.layers)),
      caches_(static_cast<std::size_t>(config.layers)) {}

TokenFeatures& Transformer::input(long layer) {
  if (layer == 0) return embedded_;
  LayerCache& before = caches_[static_cast<std::size_t>(layer - 1)];
  return config_.feed_forward ? before.output : before.middle;
}

void Transformer::check_shapes(const Blocks& parameters, const TokenBatch& batch) const {
  for (const TransformerBlock& block : blocks_) {
    const auto found = parameters.find(block.name);
    const Index columns = block.columns * (block.in_every_layer ? config_.layers : 1);
    if (found == parameters.end() || found->second.rows() != block.rows || found->second.cols() != columns)
      throw std::invalid_argument("transformer: block " + block.name + " is missing or has another shape");
  }
  for (const auto* tokens : {&batch.inputs, &batch.targets}) {
    for (const std::int32_t token : *tokens) {
      if (token >= config_.vocabulary || (token < 0 && (token != no_token || tokens == &batch.inputs)))
        throw ConfigError("corpus.vocabulary", token, "tokens below model.vocabulary");
    }
  }
  for (Index sequence = 0; sequence < batch.sequences(); ++sequence) {
    if (batch.length(sequence) > config_.length)
      throw ConfigError("corpus.length", batch.length(sequence), "at most model.length");
  }
}

void Transformer::resize(const TokenBatch& batch) {
  const Index d = config_.dimension, hidden = config_.hidden_units(), tokens = batch.tokens();
  tokens_ = tokens;
  first_token_ = batch.first;
  first_weight_.assign(static_cast<std::size_t>(batch.sequences()), 0);
  Index weights = 0;
  for (Index sequence = 0; sequence < batch.sequences(); ++sequence) {
    first_weight_[static_cast<std::size_t>(sequence)] = weights;
    weights += batch.length(sequence) * batch.length(sequence);
  }
  divide(batch, team_.threads(), chunks_);
  const auto grow = [](Vector& numbers, Index size) {
    if (numbers.size() < size) numbers.setZero(size);
  };
  LayerGradients& g = gradients_;
  for (auto* f : {&embedded_, &g.output, &g.middle, &g.attention_sum, &g.context, &g.query, &g.key, &g.value, &g.input})
    f->resize(d, tokens);
  logits_.resize(config_.vocabulary, tokens);
  grow(g.scores, weights);
  token_losses_.setZero(tokens);
  for (LayerCache& c : caches_) {
    for (auto* f : {&c.query, &c.key, &c.value, &c.context, &c.attention_normal, &c.middle}) f->resize(d, tokens);
    grow(c.attention, weights), grow(c.attention_inverse, tokens);
    if (!config_.feed_forward) continue;
    for (auto* f : {&c.ffn_normal, &c.output}) f->resize(d, tokens);
    for (auto* f : {&c.before, &c.hidden}) f->resize(hidden, tokens);
    grow(c.ffn_inverse, tokens);
  }
  if (config_.feed_forward) g.ffn_sum.resize(d, tokens), g.before.resize(hidden, tokens);
}

void Transformer::pack_weights(const Blocks& parameters, bool with_gradient) {
  struct Task {
    const Matrix* block;
    Index first, columns;
    MapPanels* panels;
  };
  std::vector<Task> tasks;
  const auto vector_of = [&](const char* name, long layer) -> const double* {
    const auto block = parameters.find(name);
    return block == parameters.end() ? nullptr : block->second.data() + layer * block->second.rows();
  };
  for (long layer = 0; layer < config_.layers; ++layer) {
    LayerWeights& w = weights_[static_cast<std::size_t>(layer)];
    const auto map = [&](const char* name, MapPanels& panels) {
      const Matrix& block = parameters.at(name);
      tasks.push_back({&block, layer * (block.cols() / config_.layers), block.cols() / config_.layers, &panels});
    };
    map("query", w.query), map("key", w.key), map("value", w.value), map("attention_output", w.attention_output);
    if (config_.feed_forward) map("ffn_input", w.ffn_input), map("ffn_output", w.ffn_output);
    w.attention_norm_gain = vector_of("attention_norm_gain", layer);
    w.attention_norm_bias = vector_of("attention_norm_bias", layer);
    w.ffn_input_bias = vector_of("ffn_input_bias", layer), w.ffn_output_bias = vector_of("ffn_output_bias", layer);
    w.ffn_norm_gain = vector_of("ffn_norm_gain", layer), w.ffn_norm_bias = vector_of("ffn_norm_bias", layer);
  }
  tasks.push_back({&parameters.at("output"), 0, config_.vocabulary, &output_weights_});
  const auto pack_one = [&](long number, int) {
    const Task& task = tasks[static_cast<std::size_t>(number / 2)];
    const Index rows = task.block->rows();
    const double* numbers = task.block->data() + task.first * rows;
    if (number % 2 == 0)
      pack_transposed(numbers, rows, task.columns, rows, task.panels->forward);
    else if (with_gradient)
      pack(numbers, rows, rows, task.columns, task.panels->backward);
  };
  team_.run(2 * static_cast<long>(tasks.size()), std::ref(pack_one));
}

void Transformer::embed(const Blocks& parameters, const TokenBatch& batch, const Chunk& chunk) {
  const Matrix& tokens = parameters.at("token_embedding");
  const Matrix* positions = config_.has_positions() ? &parameters.at("position_embedding") : nullptr;
  for (Index s = chunk.first_sequence; s < chunk.first_sequence + chunk.sequences; ++s) {
    for (Index position = 0; position < batch.length(s); ++position) {
      const Index token = batch.tokens_before(s) + position;
      Eigen::Map<Vector> embedded(embedded_.column(token), config_.dimension);
      embedded = tokens.col(batch.inputs[static_cast<std::size_t>(token)]);
      if (positions) embedded += positions->col(position);
    }
  }
}

// dL/dlogit_v = weight (softmax_v - [v = target]).
void Transformer::head(const Blocks& parameters, const TokenBatch& batch, const Chunk& chunk, bool with_gradient) {
  const TokenFeatures& last = output_of(config_.layers - 1);
  product(output_weights_.forward, last.column(chunk.first_token), last.stride(), chunk.tokens,
          logits_.column(chunk.first_token), logits_.stride(), false);
  const Eigen::Map<const Eigen::ArrayXd> bias(parameters.at("output_bias").data(), config_.vocabulary);
  for (Index token = chunk.first_token; token < chunk.first_token + chunk.tokens; ++token) {
    Eigen::Map<Eigen::ArrayXd> logits(logits_.column(token), config_.vocabulary);
    const std::int32_t target = batch.targets[static_cast<std::size_t>(token)];
    if (target == no_token) {
      logits.setZero();
      continue;
    }
    logits += bias;
    logits -= logits.maxCoeff();
    const double of_target = logits(target);
    logits = logits.exp();
    const double sum = logits.sum();
    token_losses_(token) = std::log(sum) - of_target;
    logits *= batch.weights(token) / sum;
    logits(target) -= batch.weights(token);
  }
  if (!with_gradient) return;
  TokenFeatures& d_output = gradients_.output;
  product(output_weights_.backward, logits_.column(chunk.first_token), logits_.stride(), chunk.tokens,
          d_output.column(chunk.first_token), d_output.stride(), false);
}

double Transformer::forward(const Blocks& parameters, const TokenBatch& batch, bool with_gradient) {
  check_shapes(parameters, batch);
  resize(batch);
  pack_weights(parameters, with_gradient);
  const LayerPass pass{config_, *activation_, batch, first_weight_};
  const auto whole_pass = [&](long number, int) {
    const Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
    embed(parameters, batch, chunk);
    for (long layer = 0; layer < config_.layers; ++layer) {
      const auto i = static_cast<std::size_t>(layer);
      pass.forward(chunk, weights_[i], input(layer), caches_[i]);
    }
    head(parameters, batch, chunk, with_gradient);
  };
  team_.run(static_cast<long>(chunks_.size()), std::ref(whole_pass));
  return batch.weights.dot(token_losses_);
}

void Transformer::backward(const TokenBatch& batch, Blocks& gradient) {
  const LayerPass pass{config_, *activation_, batch, first_weight_};
  sums_.clear();
  if (gradient.contains("output")) sums_.add_outer(output_of(config_.layers - 1), logits_, gradient["output"].data());
  if (gradient.contains("output_bias")) sums_.add_sum(logits_, gradient["output_bias"].data());
  for (long layer = config_.layers - 1; layer >= 0; --layer) {
    const auto i = static_cast<std::size_t>(layer);
    const auto one_chunk = [&](long number, int) {
      pass.backward(chunks_[static_cast<std::size_t>(number)], weights_[i], caches_[i], gradients_);
    };
    team_.run(static_cast<long>(chunks_.size()), std::ref(one_chunk));
    pass.add_sums(layer, input(layer), caches_[i], gradients_, gradient, sums_);
    sums_.run(batch.tokens());
    sums_.clear();
    std::swap(gradients_.input, gradients_.output);
  }
  embedding_gradient(batch, gradient);
}

// Tokens that share a column of an embedding add up there, in their order.
void Transformer::embedding_gradient(const TokenBatch& batch, Blocks& gradient) {
  const TokenFeatures& d_embedded = gradients_.output;
  const auto one_embedding = [&](long number, int) {
    const auto block = gradient.find(number == 0 ? "token_embedding" : "position_embedding");
    if (block == gradient.end()) return;
    block->second.setZero();
    for (Index s = 0; s < batch.sequences(); ++s) {
      for (Index position = 0; position < batch.length(s); ++position) {
        const Index token = batch.tokens_before(s) + position;
        block->second.col(number == 0 ? batch.inputs[static_cast<std::size_t>(token)] : position) +=
            Eigen::Map<const Vector>(d_embedded.column(token), config_.dimension);
      }
    }
  };
  team_.run(2, std::ref(one_embedding));
}

double Transformer::loss(const Blocks& parameters, const TokenBatch& batch) {
  return forward(parameters, batch, false);
}

double Transformer::loss(const Blocks& parameters, const TokenBatch& batch, Blocks& gradient) {
  const double value = forward(parameters, batch, true);
  backward(batch, gradient);
  return value;
}

BlockGradient Transformer::gradient_of(std::function<const TokenBatch&()> batch) {
  return [this, batch = std::move(batch)](const Blocks& parameters, Blocks& gradient) {
    return loss(parameters, batch(), gradient);
  };
}

Eigen::Map<const Matrix> Transformer::attention(long layer, Index sequence) const {
  const auto s = static_cast<std::size_t>(sequence);
  const Index length = first_token_[s + 1] - first_token_[s];
  return {caches_[static_cast<std::size_t>(layer)].attention.data() + first_weight_[s], length, length};
}

Matrix Transformer::hidden(long layer) const {
  return copied(caches_[static_cast<std::size_t>(layer)].hidden, tokens_);
}

Matrix Transformer::output(long layer) const {
  const LayerCache& cache = caches_[static_cast<std::size_t>(layer)];
  return copied(config_.feed_forward ? cache.output : cache.middle, tokens_);
}

}  // namespace lemmata::sim
