#include <doctest/doctest.h>

#include "sim/tree/latent_tree.h"
#include "tests/close.h"
#include "theory/leaf_cooccurrence.h"

namespace lemmata {
namespace {

Vector vector_of(const std::vector<double>& values) {
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

double closed_form(const sim::LatentTreeConfig& config, Index levels) {
  const Vector law = vector_of(config.root_probability), zero = vector_of(config.zero_given_root);
  return theory::leaf_cooccurrence(config.depth, levels, config.rho, theory::root_mean(law, zero),
                                   theory::root_second_moment(law, zero));
}

}  // namespace

TEST_CASE("Theorem 5 is what message passing finds, to 1e-14, for every pair of leaves of trees drawn at random") {
  sim::Philox generator(1, sim::Purpose::test);
  long pairs = 0;
  for (const auto& [depth, branching] : {std::pair{5L, 2L}, {3L, 3L}, {1L, 4L}, {2L, 5L}, {7L, 2L}}) {
    for (int draw = 0; draw < 4; ++draw) {
      sim::LatentTreeConfig config{depth, branching, {}, {}, 2 * generator.uniform() - 1};
      const std::uint64_t labels = 1 + generator.below(5);
      config.root_probability.assign(labels, 1.0 / static_cast<double>(labels));
      for (std::uint64_t k = 0; k < labels; ++k) config.zero_given_root.push_back(generator.uniform());
      const sim::LatentTree tree(config);
      for (Index number = 1; number < tree.leaves(); number += number < 32 ? 1 : 31) {
        const Index levels = tree.levels_to_common_ancestor(tree.leaf(0), tree.leaf(number));
        // a handful of roundings on either side; no subtraction on the sum-product side
        CHECK(close(tree.one_given_one(tree.leaf(number), tree.leaf(0)), closed_form(config, levels), 1e-14, 0));
        ++pairs;
      }
    }
  }
  CHECK(pairs > 200);
}

TEST_CASE("Theorem 5 fails on asymmetric edges: there message passing and the closed form are apart") {
  sim::LatentTreeConfig config;
  config.asymmetry = 0.04;
  const sim::LatentTree tree(config);
  for (Index levels = 1; levels <= 5; ++levels) {
    const double exact = tree.one_given_one(tree.leaf_at(levels), tree.leaf(0));
    CHECK(!close(exact, closed_form(config, levels), 1e-2, 0));
  }
}

}  // namespace lemmata
