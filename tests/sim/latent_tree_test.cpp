#include "sim/tree/latent_tree.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "sim/error.h"
#include "tests/close.h"

namespace lemmata::sim {
namespace {

LatentTreeConfig small(long depth, long branching) {
  LatentTreeConfig config;
  config.depth = depth;
  config.branching = branching;
  config.root_probability = {0.2, 0.5, 0.3};
  config.zero_given_root = {0.1, 0.7, 0.4};
  config.rho = 0.8;
  return config;
}

// P(node below the root is 0 | parent's value), written out again for the oracle.
double zero_given_parent(const LatentTreeConfig& config, Index node, std::uint8_t above) {
  if (node <= config.branching) return config.zero_given_root[above];
  const double up = config.asymmetry;
  return above == 0 ? 0.5 + config.rho / 2 + up : 0.5 - config.rho / 2 + up;
}

// Calls visit(values, probability) for every assignment of every variable.
template <class Visit>
void enumerate(const LatentTree& tree, const Visit& visit) {
  const LatentTreeConfig& config = tree.config();
  std::vector<std::uint8_t> values(static_cast<std::size_t>(tree.nodes()));
  for (std::size_t label = 0; label < config.root_probability.size(); ++label) {
    for (unsigned bits = 0; bits < 1u << (tree.nodes() - 1); ++bits) {
      double probability = config.root_probability[label];
      values[0] = static_cast<std::uint8_t>(label);
      for (Index node = 1; node < tree.nodes(); ++node) {
        const auto at = static_cast<std::size_t>(node);
        values[at] = (bits >> (node - 1)) & 1u;
        const double zero =
            zero_given_parent(config, node, values[static_cast<std::size_t>((node - 1) / config.branching)]);
        probability *= values[at] == 0 ? zero : 1 - zero;
      }
      visit(values, probability);
    }
  }
}

double enumerated(const LatentTree& tree, const std::vector<Observed>& observed) {
  long double sum = 0;  // in double, 3 x 2^14 terms one after another would lose a digit or two
  enumerate(tree, [&](const std::vector<std::uint8_t>& values, double probability) {
    bool agrees = true;
    for (const auto& [node, value] : observed) agrees = agrees && values[static_cast<std::size_t>(node)] == value;
    sum += agrees ? probability : 0;
  });
  return static_cast<double>(sum);
}

}  // namespace

TEST_CASE("latent tree: depth 1, P(y=0|k) = .2, .489, k even: P(1|1) = (.8^2 + .511^2)/(.8 + .511)") {
  LatentTreeConfig config;
  config.depth = 1;
  const LatentTree tree(config);
  CHECK(tree.nodes() == 3);
  const double expected = (0.8 * 0.8 + 0.511 * 0.511) / (0.8 + 0.511);
  CHECK(close(tree.one_given_one(tree.leaf(1), tree.leaf(0)), expected, 0, 1e-15));  // a handful of roundings
}

TEST_CASE("latent tree: leaves 0 and 1, 2, 4 of a binary tree of depth 3 meet 1, 2, 3 levels up") {
  const LatentTree tree(small(3, 2));
  CHECK(tree.nodes() == 15);
  CHECK(tree.leaves() == 8);
  CHECK(tree.levels_to_common_ancestor(tree.leaf(0), tree.leaf(0)) == 0);
  CHECK(tree.levels_to_common_ancestor(tree.leaf(0), tree.leaf(1)) == 1);
  CHECK(tree.levels_to_common_ancestor(tree.leaf(0), tree.leaf(2)) == 2);
  CHECK(tree.levels_to_common_ancestor(tree.leaf(0), tree.leaf(4)) == 3);
  CHECK(tree.levels_to_common_ancestor(tree.leaf(3), tree.leaf(4)) == 3);
  for (const long branching : {2, 3}) {
    const LatentTree other(small(3, branching));
    for (Index levels = 0; levels <= 3; ++levels)
      CHECK(other.levels_to_common_ancestor(other.leaf(0), other.leaf_at(levels)) == levels);
  }
  CHECK_THROWS_AS(tree.leaf_at(4), std::invalid_argument);
  CHECK_THROWS_AS(LatentTree(small(3, 1)).leaf_at(1), std::invalid_argument);  // a chain has one leaf
}

TEST_CASE("latent tree: message passing is the sum over every assignment, symmetric edges and others") {
  for (const auto& [depth, branching] : {std::pair{3L, 2L}, {2L, 3L}, {4L, 1L}}) {
    for (const double asymmetry : {0.0, 0.08}) {
      LatentTreeConfig config = small(depth, branching);
      config.asymmetry = asymmetry;
      const LatentTree tree(config);
      CHECK(close(tree.probability({}), 1, 0, 1e-15));  // fewer than 16 factors, all sums positive
      const std::vector<std::vector<Observed>> cases = {{{0, 1}},
                                                        {{1, 0}},
                                                        {{tree.leaf(0), 1}},
                                                        {{tree.leaf(0), 1}, {1, 0}, {0, 2}},
                                                        {{tree.leaf(0), 1}, {tree.leaf(tree.leaves() - 1), 1}, {2, 1}}};
      for (const std::vector<Observed>& observed : cases)
        CHECK(close(tree.probability(observed), enumerated(tree, observed), 0,
                    1e-14));  // at most 45 positive factors a term, each rounded once
    }
  }
}

TEST_CASE("latent tree: the joint of two leaves sums to 1, is symmetric under exchange, and gives the conditional") {
  const LatentTree tree(small(3, 3));
  for (Index levels = 1; levels <= 3; ++levels) {
    const Index first = tree.leaf(0), second = tree.leaf_at(levels);
    const Matrix joint = tree.joint(first, second);
    CHECK(close(joint.sum(), 1, 0, 1e-15));
    CHECK(joint.isApprox(tree.joint(second, first).transpose(), 1e-15));
    CHECK(close(tree.one_given_one(second, first), joint(1, 1) / joint.row(1).sum(), 0, 1e-15));
  }
  CHECK(tree.one_given_one(tree.leaf(0), tree.leaf(0)) == 1);
}

TEST_CASE("latent tree: samples have the probabilities of the tree, every pair of nodes within 4.9 standard errors") {
  LatentTreeConfig config = small(2, 2);
  config.asymmetry = 0.05;
  const LatentTree tree(config);
  const long samples = 100'000;
  std::vector<std::uint8_t> values(static_cast<std::size_t>(tree.nodes()));
  std::map<std::pair<std::size_t, std::size_t>, long> both;
  std::vector<long> labels(3);
  for (long i = 0; i < samples; ++i) {
    Philox generator(5, Purpose::test, static_cast<std::uint64_t>(i));
    tree.sample(generator, values);
    ++labels[values[0]];
    for (std::size_t a = 1; a < values.size(); ++a) {
      for (std::size_t b = a + 1; b < values.size(); ++b) both[{a, b}] += values[a] & values[b];
    }
  }
  const auto within = [&](long count, double p) {  // false alarm 1e-6 each
    return std::abs(static_cast<double>(count) - samples * p) < 4.9 * std::sqrt(samples * p * (1 - p));
  };
  for (std::size_t k = 0; k < 3; ++k) CHECK(within(labels[k], config.root_probability[k]));
  for (const auto& [pair, count] : both)
    CHECK(within(count, tree.joint(static_cast<Index>(pair.first), static_cast<Index>(pair.second))(1, 1)));
  CHECK(both.size() == 15);
}

TEST_CASE("latent tree: rho = 1 copies depth 1 to the leaves, rho = -1 flips it, rho = 0 forgets it") {
  LatentTreeConfig config = small(4, 2);
  config.rho = 1;
  const LatentTree copies(config);
  std::vector<std::uint8_t> values(static_cast<std::size_t>(copies.nodes()));
  Philox generator(3, Purpose::test);
  copies.sample(generator, values);
  for (Index i = 0; i < copies.leaves(); ++i)
    CHECK(values[static_cast<std::size_t>(copies.leaf(i))] == values[i < 8 ? 1 : 2]);
  CHECK(copies.one_given_one(copies.leaf(0), copies.leaf(7)) == 1);
  config.rho = -1;
  CHECK(LatentTree(config).one_given_one(copies.leaf(0), 1) == 0);  // three flips
  config.rho = 0;
  CHECK(LatentTree(config).one_given_one(copies.leaf(0), copies.leaf(1)) == 0.5);
}

TEST_CASE("latent tree: a condition that never happens gives NaN, bad trees and bad questions are refused by name") {
  LatentTreeConfig config = small(2, 2);
  config.rho = 1;
  config.zero_given_root = {1, 1, 1};
  const LatentTree never(config);
  CHECK(std::isnan(never.one_given_one(never.leaf(0), never.leaf(1))));
  CHECK_THROWS_AS(never.probability(std::vector<Observed>{{7, 0}}), std::invalid_argument);
  CHECK_THROWS_AS(never.probability(std::vector<Observed>{{1, 2}}), std::invalid_argument);
  const auto field = [](auto change) {
    LatentTreeConfig bad = small(3, 2);
    change(bad);
    try {
      LatentTree{bad};
    } catch (const ConfigError& error) {
      return error.field();
    }
    return std::string("accepted");
  };
  CHECK(field([](LatentTreeConfig& c) { c.depth = 0; }) == "model.depth");
  CHECK(field([](LatentTreeConfig& c) { c.depth = 60; }) == "model.depth");
  // binary trees of 2^20 - 1 and 2^21 - 1 nodes; of 2^19 and 2^20 leaves
  CHECK(field([](LatentTreeConfig& c) { c.depth = 19; }) == "accepted");
  CHECK(field([](LatentTreeConfig& c) { c.depth = 20; }) == "model.depth");
  CHECK(field([](LatentTreeConfig& c) { c.branching = 0; }) == "model.branching");
  CHECK(field([](LatentTreeConfig& c) { c.branching = 1L << 40; }) == "model.depth");
  CHECK(field([](LatentTreeConfig& c) { c.rho = std::nan(""); }) == "model.rho");
  CHECK(field([](LatentTreeConfig& c) { c.asymmetry = 0.2; }) == "model.asymmetry");
  CHECK(field([](LatentTreeConfig& c) { c.root_probability = {0.2, 0.5, 0.2}; }) == "model.root_probability");
  CHECK(field([](LatentTreeConfig& c) { c.root_probability = {0.2, 0.8}; }) == "model.zero_given_root");
  CHECK(field([](LatentTreeConfig& c) { c.zero_given_root[1] = 1.5; }) == "model.zero_given_root");
}

}  // namespace lemmata::sim
