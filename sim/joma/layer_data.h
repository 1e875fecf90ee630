#pragma once
#include <cstdint>
#include <vector>

#include "sim/joma/layer_config.h"
#include "sim/types.h"

namespace lemmata::sim {

/// Everything of the one-layer model that is not trained.
struct LayerData {
  Matrix context;            ///< x, (token, sample): >= 0, every column of sum 1
  std::vector<Index> label;  ///< class of each sample
  std::vector<Index> query;  ///< query of each sample
  Vector weight;             ///< P(sample), of sum 1
  Matrix upstream;           ///< g, (node, sample), of the fixed upstream; empty otherwise
  Matrix embedding;          ///< (dimension, token + query): U_C, then one u_q per query

  Index samples() const { return context.cols(); }
};

/// Samples, embedding and fixed upstream gradient.
///
/// "Fig. 2" data: X[l, i] uniform on (0, 1/2) for every token l, drawn for each sample; in the gaussian law
///   X[l, i] = exp(-(l - distinct c/classes)^2 / 30) for the distinct tokens l = 0, 1, ..., c the class of i.
/// Every column is then divided by its sum. Class of sample i: i mod classes; its query: i mod queries.
/// Orthonormal embedding: the first columns of the identity; random: entries N(0, 1/dimension), so that inner products
/// of different columns are of order dimension^-1/2. Fixed upstream: g ~ N(0, upstream_std^2).
/// @throws ConfigError  see check_layer_config.
/// Source: joma.md, Theorem 1; with 10 distinct tokens, K = 20 classes and as many samples its X[l, i]. Queries and
/// more samples than classes are ours.
/// Checked by: tests/sim/layer_data_test.cpp.
LayerData layer_data(const LayerConfig& config, std::uint64_t seed);

/// Samples of the minibatch of one step: `batch` different ones, in rising order, every set equally probable, a pure
/// function of (seed, step). batch = 0: all samples.
/// @throws std::invalid_argument  batch not in 0..samples.
std::vector<Index> minibatch(Index samples, long batch, std::uint64_t seed, long step);

}  // namespace lemmata::sim
