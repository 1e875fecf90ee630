#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/corpus/synthetic.h"
#include "sim/error.h"
#include "tests/close.h"

namespace lemmata::sim {
namespace {

SyntheticConfig small() {
  SyntheticConfig config;
  config.vocabulary = 6;
  config.length = 20;
  config.topics = 2;
  config.topic_tokens = 2;
  return config;
}

std::string refused(SyntheticConfig config) {
  try {
    SyntheticCorpus{config, 0};
  } catch (const ConfigError& error) {
    return error.field();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("synthetic corpus: V = 6, exponent 1: Zipf's shares are 60, 30, 20, 15, 12, 10 of 147") {
  const SyntheticCorpus law(small(), 1);
  std::vector<double> shares(law.zipf().begin(), law.zipf().end());
  std::sort(shares.rbegin(), shares.rend());
  const double expected[] = {60, 30, 20, 15, 12, 10};
  for (std::size_t r = 0; r < 6; ++r) CHECK(close(shares[r], expected[r] / 147, 0, 1e-15));
}

TEST_CASE("synthetic corpus: the successor is one cycle through all tokens, topics are distinct tokens") {
  const SyntheticCorpus law(SyntheticConfig{}, 7);
  std::set<std::int32_t> seen;
  for (std::int32_t token = 0; seen.insert(token).second;) token = law.successor(token);
  CHECK(seen.size() == 200);
  std::set<std::vector<std::int32_t>> topics;
  for (long k = 0; k < 10; ++k) {
    CHECK(std::set<std::int32_t>(law.topic(k).begin(), law.topic(k).end()).size() == 20);
    topics.insert(law.topic(k));
  }
  CHECK(topics.size() == 10);
}

TEST_CASE("synthetic corpus: .35 to the successor, .2 to each of 2 topic tokens, .25 Zipf, .6 Zipf at the start") {
  const SyntheticCorpus law(small(), 1);
  for (long topic = 0; topic < 2; ++topic) {
    for (std::int32_t previous = no_token; previous < 6; ++previous) {
      const Vector next = law.next_probability(previous, topic);
      CHECK(close(next.sum(), 1, 0, 1e-15));
      for (std::int32_t token = 0; token < 6; ++token) {
        const bool on_topic = law.topic(topic)[0] == token || law.topic(topic)[1] == token;
        const bool follows = previous != no_token && law.successor(previous) == token;
        const double rest = previous == no_token ? 0.6 : 0.25;
        CHECK(close(next[token], (on_topic ? 0.2 : 0) + (follows ? 0.35 : 0) + rest * law.zipf()[token], 1e-15, 0));
      }
    }
  }
}

TEST_CASE(
    "synthetic corpus: counts of 400,000 tokens are the law's, each within 5.1 standard errors (false alarm 3e-7)") {
  const SyntheticCorpus law(small(), 11);
  const long sequences = 20'000;
  const Corpus corpus = law.draw(0, sequences);
  check(corpus);
  std::vector<Matrix> count(2, Matrix::Zero(7, 6));  // per topic: (previous, or 6 at the start; token)
  for (long s = 0; s < sequences; ++s) {
    const long topic = law.topic_of(static_cast<std::uint64_t>(s));
    Index previous = 6;
    for (const std::int32_t token : corpus.sequence(s)) {
      count[static_cast<std::size_t>(topic)](previous, token) += 1;
      previous = token;
    }
  }
  for (long topic = 0; topic < 2; ++topic) {
    for (Index previous = 0; previous < 7; ++previous) {
      const Vector row = count[static_cast<std::size_t>(topic)].row(previous).transpose();
      const Vector p = law.next_probability(previous == 6 ? no_token : static_cast<std::int32_t>(previous), topic);
      for (Index token = 0; token < 6; ++token)
        CHECK(std::abs(row[token] - row.sum() * p[token]) < 5.1 * std::sqrt(row.sum() * p[token] * (1 - p[token])));
      CHECK(row.sum() > 1000);
    }
  }
}

TEST_CASE("synthetic corpus: portions make the same corpus, another seed another") {
  const SyntheticCorpus law(SyntheticConfig{}, 3);
  const Corpus all = law.draw(0, 30);
  CHECK(all.sequences() == 30);
  CHECK(law.draw(12, 5).tokens == all.part(12, 5).tokens);
  CHECK(SyntheticCorpus(SyntheticConfig{}, 4).draw(0, 30).tokens != all.tokens);
}

TEST_CASE("synthetic corpus: all bigram follows the cycle, all topic stays in it") {
  SyntheticConfig config = small();
  config.bigram = 1;
  config.topic = 0;
  const SyntheticCorpus chain(config, 2);
  const Corpus corpus = chain.draw(0, 3);
  for (Index i = 0; i < 3; ++i) {
    const auto sequence = corpus.sequence(i);
    for (std::size_t t = 1; t < sequence.size(); ++t) CHECK(sequence[t] == chain.successor(sequence[t - 1]));
  }
  config.bigram = 0;
  config.topic = 1;
  const SyntheticCorpus subject(config, 2);
  const Corpus on_topic = subject.draw(5, 1);
  const std::vector<std::int32_t>& tokens = subject.topic(subject.topic_of(5));
  for (const std::int32_t token : on_topic.tokens) CHECK((token == tokens[0] || token == tokens[1]));
}

TEST_CASE("synthetic corpus: bad settings are refused by name") {
  const auto field = [](auto change) {
    SyntheticConfig config;
    change(config);
    return refused(config);
  };
  CHECK(field([](SyntheticConfig&) {}) == "accepted");
  CHECK(field([](SyntheticConfig& c) { c.vocabulary = 1; }) == "synthetic.vocabulary");
  CHECK(field([](SyntheticConfig& c) { c.length = 0; }) == "synthetic.length");
  CHECK(field([](SyntheticConfig& c) { c.topics = 0; }) == "synthetic.topics");
  CHECK(field([](SyntheticConfig& c) { c.topic_tokens = 201; }) == "synthetic.topic_tokens");
  CHECK(field([](SyntheticConfig& c) { c.bigram = -0.1; }) == "synthetic.bigram");
  CHECK(field([](SyntheticConfig& c) { c.bigram = 0.7; }) == "synthetic.topic");
  CHECK(field([](SyntheticConfig& c) { c.topic = std::nan(""); }) == "synthetic.topic");
  CHECK(field([](SyntheticConfig& c) { c.zipf_exponent = -1; }) == "synthetic.zipf_exponent");
}

}  // namespace lemmata::sim
