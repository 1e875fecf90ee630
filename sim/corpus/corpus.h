#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/types.h"

namespace lemmata::sim {

/// What stands at a position that has no token.
inline constexpr std::int32_t no_token = -1;

/// Sequences of tokens of one vocabulary, as a plain value. A sequence may be shorter than `length`: its last positions
/// then hold `no_token`, and nowhere else. Checked by: tests/sim/corpus_test.cpp.
struct Corpus {
  Index vocabulary = 0;              ///< V; every token is in 0..V-1
  Index length = 0;                  ///< positions of a sequence, padding included
  std::vector<std::int32_t> tokens;  ///< (sequence, position), a sequence's positions adjacent

  Index sequences() const { return length == 0 ? 0 : static_cast<Index>(tokens.size()) / length; }

  /// The tokens of one sequence without its padding.
  std::span<const std::int32_t> sequence(Index number) const;

  /// The sequences first, ..., first + count - 1 as a corpus of their own.
  Corpus part(Index first, Index count) const;
};

/// @throws ConfigError("corpus.<field>", ...) where a field is not what its comment says: a vocabulary or length below
/// 1, a number of tokens that is no multiple of the length, a token outside 0..V-1, padding before a token.
void check(const Corpus& corpus);

}  // namespace lemmata::sim
