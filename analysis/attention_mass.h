#pragma once
#include <span>

#include "analysis/types.h"

namespace lemmata::analysis {

/// Kinds of token, the numbers of `token_kind` in data and result files.
enum TokenKind : int { class_token = 0, label_token = 1, distractor_token = 2, noise_token = 3 };
inline constexpr Index token_kinds = 4;

/// Attention of one expert, averaged over samples: how much of it lies on every kind of token.
///
///   mass[kind] = sum_k q_k (1/L) sum_l sum_{j of kind} A_jl(k) / sum_k q_k,
/// and the same by kind of the query token l. One `add` per sample; q_k is the sample's routing weight to the expert.
/// Checked by: tests/analysis/attention_mass_test.cpp.
class AttentionMass {
 public:
  /// @param attention  A, (key, query), square; column l is the distribution of query l over keys (`linear` attention:
  ///                   any numbers; masses then need not sum to 1 and the entropy is NaN).
  /// @param kind       TokenKind of every token; empty where kinds are not known: mass and mass_by_query are then not
  /// either.
  /// @param weight     q_k >= 0; 0 leaves the sample out.
  /// @throws std::invalid_argument on disagreeing shapes, an unknown kind, a negative or NaN weight.
  void add(const Matrix& attention, std::span<const int> kind, double weight);

  /// (token_kind): mean over queries and over samples weighted by q. NaN without any weight, or if some kinds are not
  /// known.
  Vector mass() const;

  /// (key kind, query kind): mean over the queries of one kind; NaN in the column of a kind that never occurs.
  Matrix mass_by_query() const;

  /// Mean over queries and samples of -sum_j A_jl ln A_jl, in nats, in [0, ln L]. NaN if some column is no distribution
  /// (a negative entry, or a sum that differs from 1 by more than 1e-9).
  double entropy() const;

 private:
  Matrix mass_ = Matrix::Zero(token_kinds, token_kinds);   // weighted by q_k / L, (key kind, query kind)
  Vector query_weight_ = Vector::Zero(token_kinds);        // sum over queries of that kind of q_k / L
  double entropy_ = 0, weight_ = 0;
};

}  // namespace lemmata::analysis
