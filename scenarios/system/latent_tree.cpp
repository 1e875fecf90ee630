#include <cmath>
#include <limits>

#include "scenarios/measure/leaf_counts.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

using analysis::ElementType;

/// A step draws one batch of trees; what is followed is the share of it all so far, beside what it tends to.
class LatentTreeSimulation final : public Simulation {
 public:
  explicit LatentTreeSimulation(const Settings& settings)
      : tree_(settings.latent_tree), seed_(settings.config.seed), exact_(exact_cooccurrence(tree_)) {
    counts_.both.resize(static_cast<std::size_t>(tree_.config().depth));
    // Theorem 5 is about symmetric edges; without them, or where no leaf is ever 1, it says nothing.
    predicted_ = exact_.allFinite() && tree_.config().asymmetry == 0 ? predicted_cooccurrence(tree_.config())
                                                                     : Vector::Constant(exact_.size(), nan);
  }

  std::vector<analysis::VariableSpec> variables() const override {
    const std::vector<std::string> by_level = {"step", "levels_up"};
    return {{"samples", {"step"}, ElementType::int64, "1", "trees drawn so far"},
            {"cooccurrence", by_level, ElementType::float64, "1", "share of samples, P(leaf l is 1 | leaf 0 is 1)"},
            {"cooccurrence_exact", by_level, ElementType::float64, "1", "the same by message passing"},
            {"cooccurrence_predicted", by_level, ElementType::float64, "1", "the same by Theorem 5"},
            {"standard_error", by_level, ElementType::float64, "1", "of cooccurrence, at the exact probability"}};
  }
  Dimensions dimensions() const override { return {{"levels_up", counts_.both.size()}}; }

  /// There is nothing to train: the counts are all that changes.
  analysis::Dataset parameters() const override {
    analysis::Dataset data;
    data.dimensions = {{"levels_up", counts_.both.size()}};
    std::vector<std::int64_t> levels, both, condition(counts_.both.size(), counts_.condition);
    for (std::size_t i = 0; i < counts_.both.size(); ++i) {
      levels.push_back(static_cast<std::int64_t>(i + 1));
      both.push_back(counts_.both[i]);
    }
    data.variables = {{"levels_up", {"levels_up"}, levels, "1", "H, levels up at which the leaf meets leaf 0", {}},
                      {"condition", {"levels_up"}, condition, "1", "samples with leaf 0 = 1", {}},
                      {"both", {"levels_up"}, both, "1", "of them with leaf l = 1 too", {}}};
    return data;
  }

  void begin_stage(const sim::StageConfig&) override {}
  bool is_finite() override { return true; }
  void measure(Row& row) override {
    const auto list = [](const Vector& values) { return std::vector<double>(values.begin(), values.end()); };
    row["samples"] = {static_cast<double>(counts_.samples)};
    row["cooccurrence"] =
        list(counts_.condition > 0 ? sampled_cooccurrence(counts_) : Vector::Constant(exact_.size(), nan));
    row["cooccurrence_exact"] = list(exact_);
    row["cooccurrence_predicted"] = list(predicted_);
    row["standard_error"] =
        list(counts_.condition > 0 ? standard_errors(exact_, counts_) : Vector::Constant(exact_.size(), nan));
  }
  void update() override { add_samples(tree_, seed_, counts_.samples, tree_.config().batch, counts_); }
  void state(StateFields& fields) override {
    fields.count("samples", counts_.samples);
    fields.count("condition", counts_.condition);
    fields.counts("both", counts_.both);
  }

 private:
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  sim::LatentTree tree_;
  std::uint64_t seed_;
  Vector exact_, predicted_;
  LeafCounts counts_;
};

}  // namespace

SystemEntry latent_tree_system() {
  return {"latent_tree",
          "a hierarchical binary latent tree, sampled: how often two tokens occur together, by where they meet",
          "arXiv 2310.00535, section 5",
          {},
          [](const Settings& settings) { sim::LatentTree{settings.latent_tree}; },
          [](const Settings& settings) {
            return 32 * std::pow(static_cast<double>(settings.latent_tree.branching),
                                 static_cast<double>(settings.latent_tree.depth) + 1);
          },
          [](const Settings& settings, sim::ThreadTeam*) -> std::unique_ptr<Simulation> {
            return std::make_unique<LatentTreeSimulation>(settings);
          }};
}

}  // namespace lemmata::scenarios
