#include "analysis/conflict.h"

#include <algorithm>

#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {
namespace {

// Conflict between the gradients of the classes in every block of every expert, and the norms of those blocks'
// gradients; the neurons' output weights only where some stage trains them. Class gradients are those of the training
// loss without L2, each with its class's share, under the routing in force.
class ConflictMetric final : public Metric {
 public:
  explicit ConflictMetric(const sim::Experiment& experiment)
      : architecture_(sim::build_architecture(experiment.config.model)), blocks_{"ffn"} {
    if (architecture_.attention->uses_scores()) blocks_.push_back("attention");
    if (architecture_.gated) blocks_.push_back("gate");
    const auto& stages = experiment.config.stages;
    trains_output_ = std::any_of(stages.begin(), stages.end(),
                                 [](const sim::StageConfig& stage) { return stage.train.contains("output"); });
    if (trains_output_) blocks_.push_back("output");
  }

  std::vector<analysis::VariableSpec> variables() const override {
    std::vector<analysis::VariableSpec> list;
    for (const std::string& block : blocks_) {
      const std::vector<std::string> axes = {"step", axis(block)};
      list.push_back({"conflict_" + block + "_min_cosine",
                      axes,
                      {},
                      "1",
                      "smallest cosine of two class gradients; NaN with fewer than two"});
      list.push_back({"conflict_" + block + "_mean_cosine",
                      axes,
                      {},
                      "1",
                      "mean cosine of two class gradients; NaN with fewer than two"});
      list.push_back(
          {"conflict_" + block + "_negative_share", axes, {}, "1", "share of class pairs with a negative cosine"});
      list.push_back({"conflict_" + block + "_cancellation",
                      axes,
                      {},
                      "1",
                      "||sum g_n||^2 / sum ||g_n||^2: 1 orthogonal, 0 cancelling"});
      list.push_back({"gradient_norm_" + block, axes, {}, "1", "norm of the gradient of the training loss without L2"});
    }
    return list;
  }

  void measure(const sim::Snapshot& snapshot, Row& row) override {
    const sim::Dataset& data = snapshot.problem.data();
    std::vector<sim::Parameters> by_class;
    for (int n = 0; n < data.classes; ++n) {
      Vector weight = data.weight;
      for (Index k = 0; k < data.samples(); ++k) {
        if (data.class_index[static_cast<std::size_t>(k)] != n) weight(k) = 0;
      }
      snapshot.problem.evaluate(snapshot.state.parameters, snapshot.routing, {true, true, true, trains_output_},
                                evaluation_, &weight);
      by_class.push_back(evaluation_.gradient);
    }
    for (const std::string& block : blocks_) measure_block(block, by_class, row);
  }

 private:
  std::string axis(const std::string& block) const {
    return block == "attention" && architecture_.shared_attention ? "shared" : "expert";
  }

  void measure_block(const std::string& block, const std::vector<sim::Parameters>& by_class, Row& row) const {
    const Index slices = sim::slice_count(architecture_, block), width = by_class[0].block(block).cols() / slices;
    const Index size = by_class[0].block(block).rows() * width;
    const std::string name = "conflict_" + block;
    for (Index i = 0; i < slices; ++i) {
      Matrix gradients(size, static_cast<Index>(by_class.size()));
      for (std::size_t n = 0; n < by_class.size(); ++n) {
        gradients.col(static_cast<Index>(n)) = by_class[n].block(block).middleCols(i * width, width).reshaped();
      }
      const analysis::Conflict conflict = analysis::gradient_conflict(gradients);
      row[name + "_min_cosine"].push_back(conflict.min_cosine);
      row[name + "_mean_cosine"].push_back(conflict.mean_cosine);
      row[name + "_negative_share"].push_back(conflict.negative_share);
      row[name + "_cancellation"].push_back(conflict.cancellation);
      row["gradient_norm_" + block].push_back(gradients.rowwise().sum().stableNorm());
    }
  }

  sim::Architecture architecture_;
  std::vector<std::string> blocks_;
  bool trains_output_ = false;
  sim::Evaluation evaluation_;
};

}  // namespace

MetricEntry conflict_metric() {
  return {"conflict", "conflict_<block>_{min_cosine, mean_cosine, negative_share, cancellation}, gradient_norm_<block>",
          "mot.md section 5", [](const sim::Experiment& experiment) -> std::unique_ptr<Metric> {
            return std::make_unique<ConflictMetric>(experiment);
          }};
}

}  // namespace lemmata::scenarios
