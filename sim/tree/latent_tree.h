#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sim/random.h"
#include "sim/types.h"

namespace lemmata::sim {

/// A hierarchical binary latent tree, HBLT(rho): the law of which tokens stand in a sequence.
struct LatentTreeConfig {
  long depth = 5;                                      ///< L, edges from the root to a leaf; the leaves are the tokens
  long branching = 2;                                  ///< children of every inner node
  std::vector<double> root_probability = {0.5, 0.5};   ///< P(y_0 = k), one per root label
  std::vector<double> zero_given_root = {0.2, 0.489};  ///< P(y = 0 | y_0 = k) for the nodes below the root
  double rho = 0.9;                                    ///< P(child = parent) = (1 + rho)/2 on every edge further down
  /// P(0|0) = (1 + rho)/2 + asymmetry, P(1|1) = (1 + rho)/2 - asymmetry. Zero is the HBLT; any other value breaks the
  /// hypothesis of symmetric edges, for controls.
  double asymmetry = 0;
  long batch = 100;  ///< trees of one step, where they are drawn in steps; does not change what is drawn
};

/// A node and the value that it is known to have.
struct Observed {
  Index node = 0;
  long value = 0;
};

/// The tree: its nodes in level order (the root is 0, the children of i are b i + 1 ... b i + b), samples of all of
/// them, and probabilities without sampling and without Theorem 5.
/// Source: Tian et al., arXiv 2310.00535, section 5 (definition of HBLT); theory/joma.md, "Theorem 5 and Table 1".
/// Checked by: tests/sim/latent_tree_test.cpp (enumeration of every assignment), claim J17.
class LatentTree {
 public:
  /// @throws ConfigError("model.<field>", ...) on a field that is no probability, depth or branching < 1, tables of
  /// unequal lengths, or more than 2^20 nodes.
  explicit LatentTree(const LatentTreeConfig& config);

  const LatentTreeConfig& config() const { return config_; }
  Index nodes() const { return nodes_; }
  Index leaves() const { return leaves_; }
  Index leaf(Index number) const { return nodes_ - leaves_ + number; }  ///< node of a leaf, numbered from 0
  Index parent(Index node) const { return (node - 1) / config_.branching; }

  /// H: how many levels up two nodes of one depth meet; 0 for a node and itself.
  Index levels_to_common_ancestor(Index first, Index second) const;
  /// The first leaf that meets leaf 0 `levels` up. @throws std::invalid_argument unless there is one.
  Index leaf_at(Index levels) const;

  /// Draws every variable, from the root down. @param values  one per node; the root's is its label.
  void sample(Philox& generator, std::span<std::uint8_t> values) const;

  /// P(all of `observed`), by sum-product messages from the leaves to the root: every term is a product and a sum of
  /// non-negative numbers, so nothing cancels. @throws std::invalid_argument on a node or value that is not there.
  double probability(std::span<const Observed> observed) const;
  /// P(y_first = a, y_second = b), (2, 2), of two different nodes below the root.
  Matrix joint(Index first, Index second) const;
  /// P(y_first = 1 | y_given = 1); 1 for one and the same node; NaN if the condition has probability 0.
  double one_given_one(Index first, Index given) const;

 private:
  double zero_probability(Index node, std::uint8_t parent_value) const;

  LatentTreeConfig config_;
  Index nodes_ = 0, leaves_ = 0;
};

}  // namespace lemmata::sim
