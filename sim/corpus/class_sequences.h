#pragma once
#include <cstdint>
#include <string>

#include "sim/corpus/corpus.h"

namespace lemmata::sim {

/// The three-level deterministic generator of Table 1: [N0, N1, C].
struct ClassSequencesConfig {
  long low_latents = 10;   ///< N0, latents of level 0, just above the tokens
  long high_latents = 20;  ///< N1, latents of level 1
  long classes = 20;       ///< C
  long children = 2;       ///< N_ch, of every class and latent
  long vocabulary = 100;   ///< V, the padding token V - 1 included if there is one
  long length = 30;        ///< positions of a sequence
  /// front: padding token V - 1 before the tokens, as the authors do, so that every sequence ends at the last position.
  /// none: sequences have their own lengths, and all V tokens are used.
  std::string padding = "front";
};

/// One sequence per class, and the latents that generated it.
struct ClassSequences {
  Corpus corpus;       ///< (class, position)
  Matrix low, high;    ///< (class, latent): 1 = active; levels 0 and 1
  Matrix tokens;       ///< (class, token): 1 = among the class's tokens, padding not counted
  Index distinct = 0;  ///< different sequences; below C if two classes generate the same tokens
};

/// Class c activates its `children` latents of level 1, each active latent of level 1 its `children` of level 0, each
/// of these its `children` tokens. What is activated twice counts once, and tokens stand in increasing order, so a
/// class has one sequence, of at most children^3 tokens.
///
/// Children of a node are distinct and drawn uniformly, and no two nodes of one level have the same children: a draw
/// that was there already is repeated. Two classes can generate the same tokens all the same, where their latents'
/// children coincide as a whole; then no network tells them apart (`distinct`).
/// @throws ConfigError("class_sequences.<field>", ...) on a number < 1, more children than there are nodes below, too
/// few combinations of them for all nodes to differ, or children^3 > length.
/// Source: Tian et al., arXiv 2310.00535, section 6, Table 1, which gives [N0, N1, C], N_ch, V and the length; what it
/// leaves open (distinct children, the order of tokens, padding in front) is taken from the authors' published program,
/// ssl/real-dataset/decoder_only_hier.py of facebookresearch/luckmatters.
/// Checked by: tests/sim/class_sequences_test.cpp.
ClassSequences class_sequences(const ClassSequencesConfig& config, std::uint64_t seed);

}  // namespace lemmata::sim
