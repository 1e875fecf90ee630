#include "sim/corpus/class_sequences.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <tuple>
#include <vector>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

std::vector<std::int32_t> tokens_of(const ClassSequences& made, Index row) {
  std::vector<std::int32_t> list;
  for (Index token = 0; token < made.tokens.cols(); ++token) {
    if (made.tokens(row, token) != 0) list.push_back(static_cast<std::int32_t>(token));
  }
  return list;
}

std::string refused(ClassSequencesConfig config) {
  try {
    class_sequences(config, 0);
  } catch (const ConfigError& error) {
    return error.field();
  }
  return "accepted";
}

ClassSequencesConfig sized(long low, long high, long classes, long children, long vocabulary = 100) {
  return {low, high, classes, children, vocabulary, 30, "front"};
}

}  // namespace

TEST_CASE("class sequences: one child each, [2, 2, 2], V = 3: every map is one to one, both tokens, one per class") {
  const ClassSequences made = class_sequences(sized(2, 2, 2, 1, 3), 4);
  CHECK(made.high.rowwise().sum() == Vector::Ones(2));
  CHECK(made.high.colwise().sum() == Vector::Ones(2).transpose());
  CHECK(made.low.colwise().sum() == Vector::Ones(2).transpose());
  CHECK(made.tokens.colwise().sum() == Vector::Ones(2).transpose());
  CHECK(made.distinct == 2);
  CHECK(made.corpus.tokens[28] == 2);  // padding
  CHECK(made.corpus.tokens[29] + made.corpus.tokens[59] == 0 + 1);
}

TEST_CASE("class sequences: of [10, 20, 20] and [20, 30, 20], 2 and 3 children, latents explain the tokens") {
  for (const auto& [low, high, children] : {std::tuple{10L, 20L, 2L}, {20L, 30L, 3L}}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const ClassSequences made = class_sequences(sized(low, high, 20, children), seed);
      check(made.corpus);
      CHECK(made.corpus.sequences() == 20);
      CHECK((made.high.rowwise().sum().array() == static_cast<double>(children)).all());
      CHECK((made.low.rowwise().sum().array() <= static_cast<double>(children * children)).all());
      // Rows of `low` are unions of as many fixed sets as latents of level 1 are active: equal `high`, equal `low`; and
      // a class of latents {a, b} covers what every other class with a subset of them does.
      for (Index a = 0; a < 20; ++a) {
        CHECK(made.tokens.row(a).sum() >= static_cast<double>(children));
        CHECK(made.tokens.row(a).sum() <= static_cast<double>(children * children * children));
        for (Index b = 0; b < a; ++b) {
          CHECK(made.high.row(a) != made.high.row(b));  // no two classes have the same children
          if (((made.low.row(b) - made.low.row(a)).array() <= 0).all())
            CHECK(((made.tokens.row(b) - made.tokens.row(a)).array() <= 0).all());
        }
      }
    }
  }
}

TEST_CASE(
    "class sequences: tokens in increasing order, padding V - 1 in front, or no padding and lengths of their own") {
  ClassSequencesConfig config = sized(10, 20, 20, 2);
  const ClassSequences front = class_sequences(config, 1);
  config.padding = "none";
  const ClassSequences none = class_sequences(config, 1);
  check(none.corpus);
  CHECK(none.tokens.cols() == 100);
  CHECK(front.tokens.cols() == 99);
  for (Index row = 0; row < 20; ++row) {
    const std::vector<std::int32_t> tokens = tokens_of(front, row);
    std::vector<std::int32_t> expected(30 - tokens.size(), 99);
    expected.insert(expected.end(), tokens.begin(), tokens.end());
    const auto begin = front.corpus.tokens.begin() + 30 * row;
    CHECK(std::vector<std::int32_t>(begin, begin + 30) == expected);
    const std::span<const std::int32_t> sequence = none.corpus.sequence(row);
    CHECK(std::vector<std::int32_t>(sequence.begin(), sequence.end()) == tokens_of(none, row));
  }
}

TEST_CASE("class sequences: the same seed gives the same, another another, children are uniform") {
  const ClassSequencesConfig config = sized(10, 20, 20, 2);
  CHECK(class_sequences(config, 3).corpus.tokens == class_sequences(config, 3).corpus.tokens);
  CHECK(class_sequences(config, 3).corpus.tokens != class_sequences(config, 4).corpus.tokens);
  // One child all the way down: each of 9 tokens in 1/9 of 2,000 seeds, within 4.9 standard errors (1e-6).
  Vector single = Vector::Zero(9);
  for (std::uint64_t seed = 0; seed < 2000; ++seed)
    single += class_sequences(sized(1, 1, 1, 1, 10), seed).tokens.row(0).transpose();
  CHECK(single.sum() == 2000);
  for (Index token = 0; token < 9; ++token)
    CHECK(std::abs(single[token] - 2000.0 / 9) < 4.9 * std::sqrt(2000 * 8.0 / 81));
}

TEST_CASE("class sequences: two classes can have the same tokens, and that is counted") {
  long coincide = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const ClassSequences made = class_sequences(sized(10, 20, 20, 2), seed);
    std::set<std::vector<std::int32_t>> different;
    for (Index row = 0; row < 20; ++row) different.insert(tokens_of(made, row));
    CHECK(made.distinct == static_cast<Index>(different.size()));
    coincide += made.distinct < 20 ? 1 : 0;
  }
  CHECK(coincide > 0);
  CHECK(coincide < 100);
}

TEST_CASE("class sequences: what cannot be is refused by name") {
  CHECK(refused(sized(10, 20, 20, 4)) == "class_sequences.length");
  CHECK(refused(sized(10, 46, 20, 2)) == "class_sequences.high_latents");  // 45 pairs of 10
  CHECK(refused(sized(10, 45, 20, 2)) == "accepted");
  CHECK(refused(sized(2, 20, 20, 3)) == "class_sequences.high_latents");
  CHECK(refused(sized(10, 20, 20, 2, 2)) == "class_sequences.low_latents");
  CHECK(refused(sized(10, 20, 191, 2)) == "class_sequences.classes");  // 190 pairs of 20
  CHECK(refused(sized(10, 20, 0, 2)) == "class_sequences.classes");
  CHECK(refused(sized(10, 20, 20, 0)) == "class_sequences.children");
  CHECK(refused(sized(10, 20, 20, 2, 1)) == "class_sequences.vocabulary");
  ClassSequencesConfig config;
  config.padding = "back";
  CHECK(refused(config) == "class_sequences.padding");
}

}  // namespace lemmata::sim
