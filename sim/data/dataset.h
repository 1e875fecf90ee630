#pragma once
#include <cstdint>
#include <vector>

#include "sim/types.h"

namespace lemmata::sim {

/// What a token of a generated sample is.
enum class TokenKind : std::int8_t { class_signal = 0, label_signal = 1, distractor = 2, noise = 3 };

/// A set of labelled token sequences. Tokens of one sample are consecutive columns, so a batch of samples is one
/// matrix.
struct Dataset {
  Index tokens_per_sample = 0;        ///< L
  Index classes = 0;                  ///< N
  Matrix tokens;                      ///< (feature, sample * L): column k L + l is x_l of sample k
  Vector label;                       ///< (sample), -1 or +1
  std::vector<int> class_index;       ///< (sample), 0 <= n < N
  Vector weight;                      ///< (sample), sums to 1; 1/K unless tuples are weighted
  Matrix class_signal, label_signal;  ///< (class, feature); empty if unknown
  std::vector<TokenKind> token_kind;  ///< (sample * L); empty if unknown

  Index samples() const { return label.size(); }
  Index features() const { return tokens.rows(); }
};

/// Checks shapes, finiteness, labels in {-1, +1}, classes >= 0 and weights; used on data that comes from outside.
/// @throws ConfigError with field data.X, data.y, data.class, ... on the first fault.
void check_dataset(const Dataset& data);

/// The projection of a sample's token sum, or of anything in feature space, onto span{c_1..c_N}: P = B B^T.
/// @param class_signal  (class, feature), rows linearly independent or not.
/// @return P (feature, feature).
Matrix span_projection(const Matrix& class_signal);

}  // namespace lemmata::sim
