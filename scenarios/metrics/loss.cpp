#include "scenarios/metrics/metric.h"
#include "sim/loss/loss.h"

namespace lemmata::scenarios {
namespace {

// The losses that every result file holds. error: noise-free argmax routing; held-out loss l(y f_m) and error likewise.
class LossMetric final : public Metric {
 public:
  explicit LossMetric(const sim::Experiment& experiment) {
    if (experiment.heldout == nullptr) return;
    heldout_ = std::make_unique<sim::Problem>(sim::build_architecture(experiment.config.model),
                                              *sim::loss_named(experiment.config.loss.kind).loss, experiment.heldout);
  }

  std::vector<analysis::VariableSpec> variables() const override {
    std::vector<analysis::VariableSpec> list = {
        {"stage", {"step"}, analysis::ElementType::int8, "1", "stage, from 1, whose update follows"},
        {"loss", {"step"}, {}, "1", "mean training loss without L2"},
        {"objective", {"step"}, {}, "1", "mean training loss with L2 of the trained blocks"},
        {"prediction_loss", {"step"}, {}, "1", "mean of l(y f), no gate weight, routing in force"},
        {"error", {"step"}, {}, "1", "share of training samples with y f_m <= 0, m the noise-free argmax"},
        {"class_loss", {"step", "class"}, {}, "1", "mean training loss of a class"}};
    if (heldout_ != nullptr) {
      list.push_back(
          {"heldout_loss", {"step"}, {}, "1", "mean of l(y f_m) on the held-out set, m the noise-free argmax"});
      list.push_back({"heldout_error", {"step"}, {}, "1", "share of held-out samples with y f_m <= 0"});
    }
    return list;
  }

  void measure(const sim::Snapshot& snapshot, Row& row) override {
    const sim::Dataset& data = snapshot.problem.data();
    row["stage"] = {static_cast<double>(snapshot.state.stage + 1)};
    row["loss"] = {snapshot.evaluation.loss};
    row["objective"] = {snapshot.evaluation.objective};
    row["prediction_loss"] = {snapshot.evaluation.prediction_loss};
    const Vector share = class_share(data);   // of this step's data: fresh samples change it
    Vector class_loss = Vector::Zero(data.classes);
    for (Index k = 0; k < data.samples(); ++k) {
      class_loss(data.class_index[static_cast<std::size_t>(k)]) += data.weight(k) * snapshot.evaluation.sample_loss(k);
    }
    class_loss.array() /= share.array();   // a class without samples has no loss: 0/0 = NaN
    row["class_loss"] = {class_loss.begin(), class_loss.end()};
    row["error"] = {evaluate_argmax(snapshot.problem, snapshot.state.parameters)};
    if (heldout_ == nullptr) return;
    row["heldout_error"] = {evaluate_argmax(*heldout_, snapshot.state.parameters)};
    row["heldout_loss"] = {evaluation_.prediction_loss};
  }

 private:
  // Share of samples with y f_m <= 0; leaves the evaluation in evaluation_.
  double evaluate_argmax(sim::Problem& problem, const sim::Parameters& parameters) {
    problem.route_argmax(parameters, routing_);
    problem.evaluate(parameters, routing_, {}, evaluation_);
    double wrong = 0;
    for (Index k = 0; k < problem.data().samples(); ++k) {
      const double value = evaluation_.value.col(k).dot(routing_.weight.col(k));
      if (!(problem.data().label(k) * value > 0)) wrong += problem.data().weight(k);
    }
    return wrong;
  }

  std::unique_ptr<sim::Problem> heldout_;
  sim::Routing routing_;
  sim::Evaluation evaluation_;
};

}  // namespace

MetricEntry loss_metric() {
  return {"loss", "loss, objective, prediction_loss, error, class_loss, heldout_loss, heldout_error",
          "mot.md section 5", [](const sim::Experiment& experiment) -> std::unique_ptr<Metric> {
            return std::make_unique<LossMetric>(experiment);
          }};
}

}  // namespace lemmata::scenarios
