#include "sim/corpus/corpus.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

std::string refused(const Corpus& corpus) {
  try {
    check(corpus);
  } catch (const ConfigError& error) {
    return error.field() + " " + error.found();
  }
  return "";
}

}  // namespace

TEST_CASE("corpus: (0 1 2), (2), () of length 3 have 3, 1 and 0 tokens") {
  const Corpus corpus{3, 3, {0, 1, 2, 2, -1, -1, -1, -1, -1}};
  check(corpus);
  REQUIRE(corpus.sequences() == 3);
  CHECK(corpus.sequence(0).size() == 3);
  CHECK(corpus.sequence(0)[1] == 1);
  REQUIRE(corpus.sequence(1).size() == 1);
  CHECK(corpus.sequence(1)[0] == 2);
  CHECK(corpus.sequence(2).empty());
  const Corpus part = corpus.part(1, 2);
  CHECK(part.sequences() == 2);
  CHECK(part.vocabulary == 3);
  CHECK(part.sequence(0)[0] == 2);
}

TEST_CASE("corpus: a token outside the vocabulary, padding before a token and ragged tokens are refused by name") {
  CHECK(refused({3, 2, {0, 2}}).empty());
  CHECK(refused({3, 2, {0, 3}}) == "corpus.tokens 3");
  CHECK(refused({3, 2, {0, -2}}) == "corpus.tokens -2");
  CHECK(refused({3, 2, {-1, 1}}) == "corpus.tokens 1");
  CHECK(refused({3, 2, {0, 1, 2}}) == "corpus.tokens 3");
  CHECK(refused({0, 2, {}}) == "corpus.vocabulary 0");
  CHECK(refused({3, 0, {}}) == "corpus.length 0");
  CHECK(Corpus{}.sequences() == 0);
}

}  // namespace lemmata::sim
