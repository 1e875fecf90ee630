#pragma once
#include "sim/numerics/padded_products.h"

namespace lemmata::sim {

/// Numbers of all tokens of a batch: a column per token, PADDED as sim/numerics/padded_products.h says. Grown only.
class TokenFeatures {
 public:
  void resize(Index features, Index tokens) {
    if (numbers_.rows() != padded(features) || numbers_.cols() < tokens) numbers_.setZero(padded(features), tokens);
    features_ = features;
  }
  Index features() const { return features_; }
  Index stride() const { return numbers_.rows(); }
  double* column(Index token) { return numbers_.data() + token * stride(); }
  const double* column(Index token) const { return numbers_.data() + token * stride(); }

 private:
  Index features_ = 0;
  Matrix numbers_;
};

/// Some sequences next to one another and their tokens: what one task of a pass works on.
struct Chunk {
  Index first_sequence, sequences, first_token, tokens;
};

}  // namespace lemmata::sim
