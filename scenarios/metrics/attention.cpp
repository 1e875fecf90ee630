#include "scenarios/metrics/metric.h"

#include "analysis/attention_mass.h"

namespace lemmata::scenarios {
namespace {

// Where attention lies, per expert, over the samples it is sent (weighted by q); NaN for an expert without load.
class AttentionMetric final : public Metric {
 public:
  explicit AttentionMetric(const sim::Experiment& experiment) : has_kinds_(!experiment.data->token_kind.empty()) {}

  std::vector<analysis::VariableSpec> variables() const override {
    std::vector<analysis::VariableSpec> list = {
        {"attention_entropy", {"step", "expert"}, {}, "nat", "mean entropy of a query's attention"}};
    if (!has_kinds_) return list;
    list.push_back({"attention_mass",
                    {"step", "expert", "token_kind"},
                    {},
                    "1",
                    "mean attention on class, label, distractor and noise tokens"});
    list.push_back({"attention_mass_by_query",
                    {"step", "expert", "token_kind", "query_kind"},
                    {},
                    "1",
                    "the same by the kind of the query token"});
    return list;
  }

  void measure(const sim::Snapshot& snapshot, Row& row) override {
    const sim::Architecture& architecture = snapshot.problem.architecture();
    const sim::Dataset& data = snapshot.problem.data();
    const auto length = static_cast<std::size_t>(data.tokens_per_sample);
    for (Index unit = 0; unit < architecture.units(); ++unit) {
      analysis::AttentionMass mass;
      for (Index k = 0; k < data.samples(); ++k) {
        const double weight = data.weight(k) * snapshot.routing.weight(unit / architecture.heads, k);
        if (!(weight > 0)) continue;
        std::vector<int> kind(has_kinds_ ? length : 0);
        for (std::size_t l = 0; l < kind.size(); ++l)
          kind[l] = static_cast<int>(data.token_kind[static_cast<std::size_t>(k) * length + l]);
        mass.add(snapshot.problem.attention_weights(snapshot.state.parameters, unit, k), kind, weight);
      }
      append(row["attention_entropy"], {mass.entropy()});
      if (!has_kinds_) continue;
      append(row["attention_mass"], row_major(mass.mass()));
      append(row["attention_mass_by_query"], row_major(mass.mass_by_query()));
    }
  }

 private:
  static void append(std::vector<double>& to, const std::vector<double>& values) {
    to.insert(to.end(), values.begin(), values.end());
  }
  bool has_kinds_;
};

}  // namespace

MetricEntry attention_metric() {
  return {"attention", "attention_mass, attention_mass_by_query, attention_entropy", "mot.md section 5",
          [](const sim::Experiment& experiment) -> std::unique_ptr<Metric> {
            return std::make_unique<AttentionMetric>(experiment);
          }};
}

}  // namespace lemmata::scenarios
