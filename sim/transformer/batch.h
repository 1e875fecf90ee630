#pragma once
#include <cstdint>
#include <vector>

#include "sim/corpus/corpus.h"
#include "sim/types.h"

namespace lemmata::sim {

/// What one evaluation of a transformer sees: the tokens of all sequences one after another. Padding is left out: under
/// a causal mask nothing before it would see it.
struct TokenBatch {
  std::vector<std::int32_t> inputs;   ///< (token)
  std::vector<std::int32_t> targets;  ///< (token), no_token where nothing is predicted
  Vector weights;                     ///< (token), 0 where nothing is predicted; their sum is 1
  std::vector<Index> first;           ///< (sequence + 1), where each sequence begins, and the number of tokens

  Index tokens() const { return static_cast<Index>(inputs.size()); }
  Index sequences() const { return static_cast<Index>(first.size()) - 1; }
  Index tokens_before(Index sequence) const { return first[static_cast<std::size_t>(sequence)]; }
  Index length(Index sequence) const { return tokens_before(sequence + 1) - tokens_before(sequence); }
};

/// Every token predicts the next one of its sequence, all with equal weight.
/// @throws ConfigError("corpus.tokens", ...) if no sequence has two tokens, and whatever `check` of a corpus does.
TokenBatch next_token_batch(const Corpus& corpus);

/// Position p of a sequence predicts targets(p) with weight `weights(p)`, divided by the sum of all weights: masked
/// positions, where `inputs` holds the mask's token and `targets` the token that was there.
/// @param targets  as many sequences of the same lengths as `inputs`; its vocabulary may be another one.
/// @param weights  (position, sequence), >= 0, not all 0; positions without a token are not looked at.
/// @throws ConfigError("corpus.<field>", ...), std::invalid_argument on disagreeing shapes.
/// Checked by: tests/sim/transformer_test.cpp.
TokenBatch weighted_batch(const Corpus& inputs, const Corpus& targets, const Matrix& weights);

}  // namespace lemmata::sim
