#include "analysis/routing.h"

#include <algorithm>
#include <limits>

#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {
namespace {

// Who serves whom: routing tables, purity, specialisation, winner sets, entropies, load, fluctuation.
class RoutingMetric final : public Metric {
 public:
  explicit RoutingMetric(const sim::Experiment& experiment)
      : label_signal_(experiment.data->label_signal),
        units_(sim::build_architecture(experiment.config.model).units()),
        samples_(experiment.data->samples()),
        is_fresh_(experiment.config.data.sampling == "fresh") {}

  std::vector<analysis::VariableSpec> variables() const override {
    std::vector<analysis::VariableSpec> list = {
        {"routing",
         {"step", "class", "expert"},
         {},
         "1",
         "mean routing weight q of a class to an expert (drawn share if sampled)"},
        {"routing_argmax",
         {"step", "class", "expert"},
         {},
         "1",
         "share of a class that the noise-free gate sends to an expert"},
        {"classes_per_expert",
         {"step", "expert"},
         {},
         "1",
         "number of classes of which the noise-free gate sends an expert any sample"},
        {"routing_entropy", {"step"}, {}, "nat", "mean over classes of the entropy of a row of routing"},
        {"dispatch_entropy", {"step"}, {}, "nat", "sum_m (n_m/n) H(class | expert m)"},
        {"load", {"step", "expert"}, {}, "1", "share of all samples that an expert is sent"},
        {"load_variation", {"step"}, {}, "1", "standard deviation over experts / mean of the load"},
        {"fluctuation",
         {"step"},
         {},
         "1",
         is_fresh_ ? "not defined: fresh sampling draws other samples at every step"
                   : "share of samples whose noise-free expert changed since the last record"}};
    if (label_signal_.size() > 0) {
      const std::vector<analysis::VariableSpec> more = specialization_variables();
      list.insert(list.end(), more.begin(), more.end());
    }
    return list;
  }

  void measure(const sim::Snapshot& snapshot, Row& row) override {
    const sim::Dataset& data = snapshot.problem.data();
    sim::Routing argmax;
    snapshot.problem.route_argmax(snapshot.state.parameters, argmax);
    const Matrix noisy = class_routing(data, snapshot.routing.weight, units_),
                 clean = class_routing(data, argmax.weight, units_);
    const Vector share = class_share(data), load = analysis::expert_load(noisy, share);
    row["routing"] = row_major(noisy);
    row["routing_argmax"] = row_major(clean);
    row["classes_per_expert"] = {};
    for (const Index count : analysis::classes_per_expert(clean, 0)) {
      row["classes_per_expert"].push_back(static_cast<double>(count));
    }
    row["routing_entropy"] = {analysis::routing_entropy(noisy, share)};
    row["dispatch_entropy"] = {analysis::dispatch_entropy(noisy, share)};
    row["load"] = {load.begin(), load.end()};
    row["load_variation"] = {analysis::load_variation(load)};
    const std::vector<Index> assignment = sim::argmax_expert(argmax.logits);
    const bool comparable = !last_.empty() && !is_fresh_;
    row["fluctuation"] = {comparable ? analysis::fluctuation(last_, assignment)
                                     : std::numeric_limits<double>::quiet_NaN()};
    last_ = assignment;
    if (label_signal_.size() > 0) {
      measure_specialization(
          specialization_table(snapshot.problem.architecture(), snapshot.state.parameters, label_signal_), clean, noisy,
          row);
    }
  }

  void state(StateFields& fields) override {
    Matrix assignment(static_cast<Index>(last_.size()), last_.empty() ? 0 : 1);
    std::copy(last_.begin(), last_.end(), assignment.data());
    fields.optional("routing_assignment", assignment, samples_, 1);
    if (assignment.size() > 0 && !(assignment.array() >= 0 && assignment.array() < 1e9).all())
      throw StateFault("routing_assignment", "another number", "numbers of experts");
    last_.assign(assignment.data(), assignment.data() + assignment.size());
  }

 private:
  static std::vector<analysis::VariableSpec> specialization_variables() {
    return {{"specialization", {"step", "expert", "class"}, {}, "1", "<w_i, v_n>"},
            {"specialization_margin",
             {"step", "expert"},
             {},
             "1",
             "largest <w_i, v_n> - second largest: how clearly an expert is in its winner set"},
            {"winner_set",
             {"step", "class", "expert"},
             analysis::ElementType::int8,
             "1",
             "1 if the expert is in M_n = {i : argmax_k <w_i, v_k> = n}"},
            {"purity", {"step", "class"}, {}, "1", "share of a class that routing_argmax sends into its winner set"},
            {"purity_noisy", {"step", "class"}, {}, "1", "share of a class that routing sends into its winner set"}};
  }

  static void measure_specialization(const Matrix& table, const Matrix& clean, const Matrix& noisy, Row& row) {
    const Vector purity = analysis::purity(clean, table), purity_noisy = analysis::purity(noisy, table),
                 margin = analysis::winning_margin(table);
    Matrix winners = Matrix::Zero(table.cols(), table.rows());
    const std::vector<std::vector<Index>> sets = analysis::winner_sets(table);
    for (std::size_t n = 0; n < sets.size(); ++n) {
      for (const Index expert : sets[n]) winners(static_cast<Index>(n), expert) = 1;
    }
    row["specialization"] = row_major(table);
    row["specialization_margin"] = {margin.begin(), margin.end()};
    row["winner_set"] = row_major(winners);
    row["purity"] = {purity.begin(), purity.end()};
    row["purity_noisy"] = {purity_noisy.begin(), purity_noisy.end()};
  }

  Matrix label_signal_;
  Index units_, samples_;
  bool is_fresh_;
  std::vector<Index> last_;
};

}  // namespace

MetricEntry routing_metric() {
  return {"routing", "routing, routing_argmax, purity, specialization, winner_set, entropies, load, fluctuation",
          "mot.md section 5", [](const sim::Experiment& experiment) -> std::unique_ptr<Metric> {
            return std::make_unique<RoutingMetric>(experiment);
          }};
}

}  // namespace lemmata::scenarios
