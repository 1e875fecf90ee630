#pragma once
#include <span>
#include <string>

#include "sim/types.h"

namespace lemmata::sim {

using ConstBlock = Eigen::Ref<const Matrix, 0, Eigen::OuterStride<>>;
using Block = Eigen::Ref<Matrix, 0, Eigen::OuterStride<>>;

/// How scores become attention weights, query by query. Shapes (key j, query l): L keys, and any number of queries -
/// those of one sample, or of many samples side by side.
class Attention {
 public:
  virtual ~Attention() = default;
  /// False if the weights do not depend on the scores, which are then never computed.
  virtual bool uses_scores() const { return true; }
  /// scores S -> weights A, in place.
  virtual void weights(Block scores) const = 0;
  /// d_weights dA -> d_scores dS, in place.
  virtual void backward(const ConstBlock& weights, Block d_weights) const = 0;
  /// Tangents for Hessian-vector products: given A, dA and their directions, S' -> A' in place, then dA' -> dS' in
  /// place.
  virtual void weights_tangent(const ConstBlock& weights, Block scores_tangent) const = 0;
  virtual void backward_tangent(const ConstBlock& weights, const ConstBlock& weights_tangent,
                                const ConstBlock& d_weights, Block d_weights_tangent) const = 0;
};

/// Declarations are verified for every entry by tests/sim/attention_test.cpp.
struct AttentionEntry {
  std::string name, description, source;
  const Attention* attention;
  bool columns_sum_to_one;  ///< sum_j A_jl = 1
  bool shift_invariant;     ///< A unchanged when a constant is added to a query's scores
};

std::span<const AttentionEntry> attentions();

/// @throws ConfigError("model.attention", ...) on an unknown name.
const AttentionEntry& attention_named(const std::string& name);

}  // namespace lemmata::sim
