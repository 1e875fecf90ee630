#include "sim/corpus/synthetic.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

template <class Value>
void require(const char* field, Value value, bool holds, const std::string& allowed) {
  if (!holds) throw ConfigError(std::string("synthetic.") + field, value, allowed);
}

void check(const SyntheticConfig& c) {
  require("vocabulary", c.vocabulary, c.vocabulary >= 2 && c.vocabulary <= 1'000'000, "an integer from 2 to 1,000,000");
  require("length", c.length, c.length >= 1, "an integer >= 1");
  require("topics", c.topics, c.topics >= 1 && c.topics <= 1'000'000, "an integer from 1 to 1,000,000");
  require("topic_tokens", c.topic_tokens, c.topic_tokens >= 1 && c.topic_tokens <= c.vocabulary,
          "an integer from 1 to the vocabulary");
  require("bigram", c.bigram, c.bigram >= 0 && c.bigram <= 1, "a share");
  require("topic", c.topic, c.topic >= 0 && c.bigram + c.topic <= 1, "a share, at most 1 with bigram");
  require("zipf_exponent", c.zipf_exponent, c.zipf_exponent >= 0 && std::isfinite(c.zipf_exponent), "a number >= 0");
}

/// The first `count` of a random permutation of 0..n-1 (Fisher-Yates).
std::vector<std::int32_t> some_of(long n, long count, Philox& generator) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    std::swap(order[i], order[i + generator.below(order.size() - i)]);
  order.resize(static_cast<std::size_t>(count));
  return order;
}

/// One cycle through all tokens in a random order: a permutation without fixed points.
std::vector<std::int32_t> random_cycle(long n, Philox& generator) {
  const std::vector<std::int32_t> order = some_of(n, n, generator);
  std::vector<std::int32_t> successor(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    successor[static_cast<std::size_t>(order[i])] = order[(i + 1) % order.size()];
  return successor;
}

}  // namespace

SyntheticCorpus::SyntheticCorpus(const SyntheticConfig& config, std::uint64_t seed) : config_(config), seed_(seed) {
  check(config);
  Philox pairs(seed, Purpose::data, 0), subjects(seed, Purpose::data, 1), ranks(seed, Purpose::data, 2);
  successor_ = random_cycle(config.vocabulary, pairs);
  for (long k = 0; k < config.topics; ++k) topics_.push_back(some_of(config.vocabulary, config.topic_tokens, subjects));
  zipf_.resize(config.vocabulary);
  const std::vector<std::int32_t> order = some_of(config.vocabulary, config.vocabulary, ranks);
  for (std::size_t r = 0; r < order.size(); ++r)
    zipf_[order[r]] = std::pow(static_cast<double>(r + 1), -config.zipf_exponent);
  zipf_ /= zipf_.sum();
  cumulative_.resize(order.size());
  std::partial_sum(zipf_.begin(), zipf_.end(), cumulative_.begin());
}

Vector SyntheticCorpus::next_probability(std::int32_t previous, long topic) const {
  const double rest = 1 - config_.bigram - config_.topic;
  Vector law = (previous == no_token ? rest + config_.bigram : rest) * zipf_;
  if (previous != no_token) law[successor(previous)] += config_.bigram;
  for (const std::int32_t token : topics_[static_cast<std::size_t>(topic)])
    law[token] += config_.topic / static_cast<double>(config_.topic_tokens);
  return law;
}

std::int32_t SyntheticCorpus::next(std::int32_t previous, long topic, Philox& generator) const {
  const double kind = generator.uniform();  // two draws for every token, whatever is made of them
  const std::uint64_t bits = generator.next();
  if (kind < config_.topic) {
    const std::vector<std::int32_t>& tokens = topics_[static_cast<std::size_t>(topic)];
    const double place = Philox::unit_interval(bits) * static_cast<double>(tokens.size());
    return tokens[std::min(static_cast<std::size_t>(place), tokens.size() - 1)];
  }
  if (kind < config_.topic + config_.bigram && previous != no_token) return successor(previous);
  const double mass = Philox::unit_interval(bits) * cumulative_.back();
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), mass);
  return static_cast<std::int32_t>(std::min(found, cumulative_.end() - 1) - cumulative_.begin());
}

long SyntheticCorpus::topic_of(std::uint64_t sequence) const {
  return static_cast<long>(Philox(seed_, Purpose::fresh, sequence).below(static_cast<std::uint64_t>(config_.topics)));
}

Corpus SyntheticCorpus::draw(std::uint64_t first, long count) const {
  Corpus corpus{config_.vocabulary, config_.length, {}};
  corpus.tokens.reserve(static_cast<std::size_t>(count * config_.length));
  for (std::uint64_t sequence = first; sequence < first + static_cast<std::uint64_t>(count); ++sequence) {
    Philox generator(seed_, Purpose::fresh, sequence);
    const auto topic = static_cast<long>(generator.below(static_cast<std::uint64_t>(config_.topics)));
    std::int32_t token = no_token;
    for (long position = 0; position < config_.length; ++position)
      corpus.tokens.push_back(token = next(token, topic, generator));
  }
  return corpus;
}

}  // namespace lemmata::sim
