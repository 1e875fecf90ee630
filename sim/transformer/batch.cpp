#include "sim/transformer/batch.h"

#include <stdexcept>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

/// Inputs and where the sequences begin.
TokenBatch without_padding(const Corpus& corpus) {
  check(corpus);
  TokenBatch batch;
  batch.first = {0};
  for (Index number = 0; number < corpus.sequences(); ++number) {
    const auto sequence = corpus.sequence(number);
    batch.inputs.insert(batch.inputs.end(), sequence.begin(), sequence.end());
    batch.first.push_back(batch.tokens());
  }
  return batch;
}

}  // namespace

TokenBatch next_token_batch(const Corpus& corpus) {
  TokenBatch batch = without_padding(corpus);
  batch.weights.setZero(batch.tokens());
  for (Index number = 0; number < corpus.sequences(); ++number) {
    const auto sequence = corpus.sequence(number);
    if (sequence.empty()) continue;
    batch.weights.segment(batch.tokens_before(number), static_cast<Index>(sequence.size()) - 1).setOnes();
    batch.targets.insert(batch.targets.end(), sequence.begin() + 1, sequence.end());
    batch.targets.push_back(no_token);
  }
  const double predicted = batch.weights.sum();
  if (!(predicted > 0)) throw ConfigError("corpus.tokens", "no two tokens in a row", "a sequence of at least 2 tokens");
  batch.weights /= predicted;
  return batch;
}

TokenBatch weighted_batch(const Corpus& inputs, const Corpus& targets, const Matrix& weights) {
  TokenBatch batch = without_padding(inputs);
  const TokenBatch other = without_padding(targets);
  if (other.first != batch.first || weights.rows() != inputs.length || weights.cols() != inputs.sequences())
    throw std::invalid_argument("weighted_batch: inputs, targets and weights have different shapes");
  batch.targets = other.inputs;
  batch.weights.resize(batch.tokens());
  for (Index number = 0; number < batch.sequences(); ++number) {
    batch.weights.segment(batch.tokens_before(number), batch.length(number)) =
        weights.col(number).head(batch.length(number));
  }
  const double total = batch.weights.sum();
  if (!(batch.weights.array() >= 0).all() || !(total > 0))
    throw std::invalid_argument("weighted_batch: weights must be >= 0 and not all 0");
  batch.weights /= total;
  for (Index token = 0; token < batch.tokens(); ++token) {
    if (batch.weights(token) == 0) batch.targets[static_cast<std::size_t>(token)] = no_token;
  }
  return batch;
}

}  // namespace lemmata::sim
