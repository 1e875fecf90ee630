#include "analysis/attention_mass.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::analysis {

namespace {

/// -sum_j p_j ln p_j, NaN unless p is a distribution.
double column_entropy(const Eigen::Ref<const Vector>& p) {
  if (!(p.minCoeff() >= 0) || !(std::abs(p.sum() - 1) <= 1e-9)) return nan;
  double entropy = 0;
  for (const double x : p) entropy -= x == 0 ? 0 : x * std::log(x);
  return entropy;
}

}  // namespace

void AttentionMass::add(const Matrix& attention, std::span<const int> kind, double weight) {
  const Index tokens = kind.empty() ? attention.cols() : static_cast<Index>(kind.size());
  if (attention.rows() != tokens || attention.cols() != tokens || tokens == 0) {
    throw std::invalid_argument("attention: found " + std::to_string(attention.rows()) + " x " +
                                std::to_string(attention.cols()) + ", allowed: square, one row per token (" +
                                std::to_string(tokens) + ")");
  }
  for (const int k : kind) {
    if (k < 0 || k >= token_kinds)
      throw std::invalid_argument("token_kind: found " + std::to_string(k) + ", allowed: 0 to 3");
  }
  if (!(weight >= 0))
    throw std::invalid_argument("weight: found " + std::to_string(weight) + ", allowed: a number >= 0");
  if (weight == 0) return;  // an expert that is not used may have diverged

  if (kind.empty()) mass_.setConstant(nan);
  const double query_share = weight / static_cast<double>(tokens);
  for (Index query = 0; query < tokens; ++query) {
    entropy_ += query_share * column_entropy(attention.col(query));
    if (kind.empty()) continue;
    const int query_kind = kind[static_cast<std::size_t>(query)];
    query_weight_[query_kind] += query_share;
    for (Index key = 0; key < tokens; ++key) {
      mass_(kind[static_cast<std::size_t>(key)], query_kind) += query_share * attention(key, query);
    }
  }
  weight_ += weight;
}

Vector AttentionMass::mass() const { return mass_.rowwise().sum() / (weight_ > 0 ? weight_ : nan); }

Matrix AttentionMass::mass_by_query() const {
  Matrix mass = mass_;
  for (Index kind = 0; kind < token_kinds; ++kind)
    mass.col(kind) /= query_weight_[kind] > 0 ? query_weight_[kind] : nan;
  return mass;
}

double AttentionMass::entropy() const { return entropy_ / (weight_ > 0 ? weight_ : nan); }

}  // namespace lemmata::analysis
