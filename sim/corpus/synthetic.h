#pragma once
#include <cstdint>
#include <vector>

#include "sim/corpus/corpus.h"
#include "sim/random.h"

namespace lemmata::sim {

/// The synthetic corpus of J21: a mixture of what a token owes to the one before it, to its text, and to neither.
struct SyntheticConfig {
  long vocabulary = 200;     ///< V
  long length = 32;          ///< tokens of a sequence, none missing
  double bigram = 0.35;      ///< share of tokens that are the successor of the token before
  double topic = 0.40;       ///< share drawn from the sequence's topic; the rest, .25, is Zipf's
  long topics = 10;          ///< every sequence has one, uniformly
  long topic_tokens = 20;    ///< tokens of a topic, all equally likely in it
  double zipf_exponent = 1;  ///< P(token of rank r) ~ r^-exponent
};

/// The law and draws from it.
///
///   P(x_t = j | x_{t-1} = i, topic k) = bigram [j = s(i)] + topic [j in T_k]/|T_k| + (1 - bigram - topic) zipf(j);
/// the first token of a sequence has no predecessor, there the bigram share goes to Zipf. The successor s is a random
/// permutation of the vocabulary without fixed points, the tokens T_k are distinct and drawn uniformly for each topic
/// (topics may overlap), and rank r of Zipf's law is token r of a random permutation. All three are fixed by the seed.
/// Source: joma.md, check J21, which gives the three shares and V; all else is chosen here.
/// Checked by: tests/sim/synthetic_corpus_test.cpp.
class SyntheticCorpus {
 public:
  /// @throws ConfigError("synthetic.<field>", ...) on vocabulary < 2, length or topics < 1, topic_tokens outside 1..V,
  /// shares below 0 or above 1 together, exponent < 0.
  SyntheticCorpus(const SyntheticConfig& config, std::uint64_t seed);

  const SyntheticConfig& config() const { return config_; }
  std::int32_t successor(std::int32_t token) const { return successor_[static_cast<std::size_t>(token)]; }
  const std::vector<std::int32_t>& topic(long number) const { return topics_[static_cast<std::size_t>(number)]; }
  const Vector& zipf() const { return zipf_; }  ///< (token)

  /// The law above, (token). @param previous  no_token at the start.
  Vector next_probability(std::int32_t previous, long topic) const;

  /// Sequences first, ..., first + count - 1 of an endless corpus; each is a stream of its own, so that any portions
  /// make the same corpus.
  Corpus draw(std::uint64_t first, long count) const;

  long topic_of(std::uint64_t sequence) const;

 private:
  std::int32_t next(std::int32_t previous, long topic, Philox& generator) const;

  SyntheticConfig config_;
  std::uint64_t seed_;
  std::vector<std::int32_t> successor_;
  std::vector<std::vector<std::int32_t>> topics_;
  Vector zipf_;
  std::vector<double> cumulative_;  // of zipf_
};

}  // namespace lemmata::sim
