#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/measure/leaf_counts.h"
#include "scenarios/system/system.h"
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

TEST_CASE("leaf counts: the standard error of .2 and .5 over 16 samples of the condition, of 100: .1 and .125") {
  const scenarios::LeafCounts counts{100, 16, {3, 8}};
  const Vector errors = scenarios::standard_errors(vector_of({0.2, 0.5}), counts);
  CHECK(close(errors[0], 0.1, 0, 1e-15));  // three roundings
  CHECK(errors[1] == 0.125);
}

TEST_CASE("latent_tree system: 3 steps of 100 trees are trees 0 to 299, errors are at the exact probability") {
  using namespace scenarios;
  for (const char* asymmetry : {"0", "0.03"}) {
    CAPTURE(asymmetry);
    const bool symmetric = std::string(asymmetry) == "0";
    const Scenario scenario = load_scenario(
        "joma/hblt", {{"model.asymmetry", asymmetry}, {"stages.0.steps", "3"}, {"record.every", "1"}, {"seed", "5"}});
    const auto simulation = make_simulation(scenario);
    std::vector<Row> rows;
    simulate(*simulation, scenario, {[&](long, const Row& row) { rows.push_back(row); }});
    REQUIRE(rows.size() == 4);
    CHECK(std::isnan(rows[0].at("cooccurrence")[0]));  // nothing drawn
    CHECK(std::isnan(rows[0].at("standard_error")[0]));
    const sim::LatentTree tree(scenario.settings.latent_tree);
    // trees 0 to 299 of the seed, each from its own stream
    double condition = 0;
    Vector both = Vector::Zero(5);
    std::vector<std::uint8_t> values(static_cast<std::size_t>(tree.nodes()));
    for (std::uint64_t i = 0; i < 300; ++i) {
      sim::Philox generator(5, sim::Purpose::data, i);
      tree.sample(generator, values);
      const auto at = [&](Index node) { return static_cast<double>(values[static_cast<std::size_t>(node)]); };
      condition += at(31);  // leaf 0 stands behind 31 nodes; leaf 1, 2, 4, 8, 16 meets it 1 to 5 levels up
      for (Index levels = 1; levels <= 5; ++levels) both[levels - 1] += at(31) * at(31 + (1 << (levels - 1)));
    }
    CHECK(rows[3].at("samples")[0] == 300);
    const analysis::Dataset end = simulation->parameters();
    CHECK(std::get<std::vector<std::int64_t>>(analysis::find_variable(end, "condition")->values) ==
          std::vector<std::int64_t>(5, static_cast<std::int64_t>(condition)));
    for (std::size_t i = 0; i < 5; ++i) {
      const Index levels = static_cast<Index>(i) + 1;
      const double exact = tree.one_given_one(tree.leaf_at(levels), tree.leaf(0));
      CHECK(rows[3].at("cooccurrence")[i] == both[levels - 1] / condition);
      CHECK(rows[3].at("cooccurrence_exact")[i] == exact);
      CHECK(close(rows[3].at("standard_error")[i], std::sqrt(exact * (1 - exact) / condition), 0, 1e-15));  // as above
      const double predicted = rows[3].at("cooccurrence_predicted")[i];
      if (symmetric) CHECK(predicted == closed_form(scenario.settings.latent_tree, levels));
      if (!symmetric) CHECK(std::isnan(predicted));  // Theorem 5 is about symmetric edges
    }
  }
}

}  // namespace lemmata
