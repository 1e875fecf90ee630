#pragma once
#include <string>
#include <vector>

namespace lemmata::sim {

/// The samples of the one-layer model; see sim/joma/layer_data.h.
struct LayerDataConfig {
  std::string law = "gaussian";     ///< gaussian | random
  long distinct = 10, common = 10;  ///< tokens that tell classes apart, and tokens that do not; M_C is their sum
  long classes = 20;                ///< sample i is of class i mod classes
  long samples = 20;
  long queries = 1;                   ///< sample i asks query i mod queries
  std::vector<double> sample_weight;  ///< P(sample), summing to 1; empty: equal
  long batch = 0;                     ///< samples of a minibatch; 0: all of them, at every step
};

/// The vectors u_l of context tokens and queries, in R^dimension.
struct LayerEmbeddingConfig {
  std::string kind = "orthonormal";  ///< orthonormal (columns of the identity) | random (entries N(0, 1/dimension))
  long dimension = 30;
};

struct LayerInitConfig {
  double node_std = 0.01, query_std = 0.01, upper_std = 0.1;  ///< of every entry of w, z, upper
};

/// The one-layer model of joma.md, Theorem 1.
struct LayerConfig {
  LayerDataConfig data;
  std::string attention = "softmax";       ///< linear | exp | softmax
  double temperature = 0.5;                ///< T > 0 (exp, softmax)
  double normaliser = 1;                   ///< A > 0 (linear, exp)
  std::string activation = "identity";     ///< phi, a name of sim/activation
  long nodes = 20;                         ///< K
  std::string upstream = "cross_entropy";  ///< cross_entropy | upper | fixed
  double upstream_std = 1;                 ///< of every entry of g (fixed)
  LayerEmbeddingConfig embedding;
  LayerInitConfig init;

  long context() const { return data.distinct + data.common; }  ///< M_C
};

/// @throws ConfigError naming the field, as "data.samples" or "model.temperature".
void check_layer_config(const LayerConfig& config);

}  // namespace lemmata::sim
