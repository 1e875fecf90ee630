#include "analysis/curvature.h"

#include <limits>

#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/measure/frozen.h"
#include "scenarios/metrics/metric.h"
#include "sim/loss/loss.h"
#include "sim/model/hessian.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index largest_nonlinear_slice =
    64;  // a Hessian by columns at every record: beyond this it would dominate the run

// Curvature of each expert's own routed loss in its FFN, and how far that loss is from its infimum L* with attention
// and gate frozen. Where f is linear in the FFN and the loss convex the routed problem is handed to `analysis` as plain
// matrices. Otherwise the Hessian on the whole space is exact (small slices), the span of inputs and L* are not defined
// and NaN.
class CurvatureMetric final : public Metric {
 public:
  explicit CurvatureMetric(const sim::Experiment& experiment)
      : loss_(experiment.config.loss.kind),
        l2_(experiment.config.loss.l2),
        architecture_(sim::build_architecture(experiment.config.model)),
        is_convex_(architecture_.linear_in_ffn && sim::loss_named(loss_).convex),
        slice_size_(experiment.data->features() * architecture_.neurons * architecture_.heads) {}

  std::vector<analysis::VariableSpec> variables() const override {
    const std::vector<std::string> axes = {"step", "expert"};
    return {{"hessian_min",
             axes,
             {},
             "1",
             "lambda_min in w of the expert's q-weighted loss without L2, on the span of its routed inputs"},
            {"hessian_max",
             axes,
             {},
             "1",
             "lambda_max in w of the expert's q-weighted loss without L2, on the span of its routed inputs"},
            {"hessian_condition",
             axes,
             {},
             "1",
             "hessian_min / hessian_max, in [0, 1] for a convex loss: 1 = perfectly conditioned"},
            {"hessian_min_full", axes, {}, "1", "lambda_min on the whole space"},
            {"hessian_residual", axes, {}, "1", "residual of the eigenpairs"},
            {"hessian_error", axes, {}, "1", "what rounding leaves open of hessian_min and hessian_max"},
            {"expert_loss", axes, {}, "1", "the expert's q-weighted loss, sum_k q_k l / K, without L2"},
            {"curvature_over_loss", axes, {}, "1", "hessian_min / expert_loss"},
            {"lstar",
             axes,
             {},
             "1",
             "infimum of the expert's objective over w, attention and gate frozen (joint over the heads of a single "
             "model)"},
            {"lstar_attained", axes, analysis::ElementType::int8, "1", "1 if some w attains lstar"},
            {"expert_excess", axes, {}, "1", "the expert's objective - lstar, without cancellation"},
            {"excess_rounding", axes, {}, "1", "an expert_excess at or below it is rounding"},
            {"excess", {"step"}, {}, "1", "sum of expert_excess over experts"},
            {"pl_ratio", axes, {}, "1", "||g||^2 / (2 (L - lstar))"},
            {"local_smoothness", axes, {}, "1", "||change of g|| / ||change of w|| since the last record"}};
  }

  void measure(const sim::Snapshot& snapshot, Row& row) override {
    double total = 0;
    Matrix gradients(slice_size_, architecture_.experts);
    Matrix weights = gradients;
    for (Index expert = 0; expert < architecture_.experts; ++expert) {
      weights.col(expert) = stacked_ffn(architecture_, snapshot.state.parameters, expert);
      if (is_convex_) {
        const analysis::FrozenProblem frozen =
            frozen_problem(snapshot.problem, snapshot.state.parameters, snapshot.routing, expert, loss_, 0);
        gradients.col(expert) = measure_linear(frozen, weights.col(expert), row, total);
      } else {
        measure_nonconvex(snapshot, expert, row);
        total = nan;
        gradients.col(expert).setConstant(nan);
      }
      const bool has_last = last_weights_.size() > 0;
      const double smoothness = has_last
                                    ? analysis::local_smoothness(last_gradients_.col(expert), gradients.col(expert),
                                                                 last_weights_.col(expert), weights.col(expert))
                                    : nan;
      append(row, "local_smoothness", smoothness);
    }
    row["excess"] = {total};
    last_weights_ = weights;
    last_gradients_ = gradients;
  }

  void state(StateFields& fields) override {
    fields.optional("curvature_weights", last_weights_, slice_size_, architecture_.experts);
    fields.optional("curvature_gradients", last_gradients_, slice_size_, architecture_.experts);
  }

 private:
  // One value per head: what belongs to the whole expert is repeated.
  void append(Row& row, const std::string& name, double value) const {
    for (Index head = 0; head < architecture_.heads; ++head) row[name].push_back(value);
  }

  // @return the gradient of the expert's objective in w.
  Vector measure_linear(const analysis::FrozenProblem& bare, const Vector& w, Row& row, double& total) const {
    const bool empty = bare.inputs.cols() == 0;
    const double loss = analysis::frozen_value(bare, w);
    const Matrix hessian = analysis::frozen_hessian(bare, w);
    const Index size = w.size() / architecture_.heads;
    for (Index head = 0; head < architecture_.heads; ++head) {
      const analysis::Curvature curvature = analysis::curvature_on_span(
          hessian.block(head * size, head * size, size, size), bare.inputs.middleRows(head * size, size));
      row["hessian_min"].push_back(curvature.min);
      row["hessian_max"].push_back(curvature.max);
      row["hessian_condition"].push_back(curvature.condition);
      row["hessian_min_full"].push_back(curvature.min_full);
      row["hessian_residual"].push_back(curvature.residual);
      row["hessian_error"].push_back(curvature.rank > 0 ? curvature.error : nan);
      row["curvature_over_loss"].push_back(loss > 0 ? curvature.min / loss : nan);
    }
    append(row, "expert_loss", loss);
    analysis::FrozenProblem objective = bare;
    objective.l2 = l2_;
    const analysis::FrozenOptimum optimum = empty ? analysis::FrozenOptimum{} : analysis::frozen_optimum(objective);
    const double excess = empty ? 0 : analysis::frozen_excess(objective, optimum, w);
    const Vector gradient = analysis::frozen_gradient(objective, w);
    append(row, "lstar", optimum.value);
    append(row, "lstar_attained", optimum.attained ? 1 : 0);
    append(row, "expert_excess", excess);
    append(row, "excess_rounding", empty ? nan : analysis::frozen_excess_rounding(objective, optimum));
    append(row, "pl_ratio", empty ? nan : analysis::pl_ratio(gradient.stableNorm(), excess));
    total += excess;
    return gradient;
  }

  void measure_nonconvex(const sim::Snapshot& snapshot, Index expert, Row& row) const {
    double loss = 0;
    const sim::Dataset& data = snapshot.problem.data();
    for (Index k = 0; k < data.samples(); ++k) {
      const double q = snapshot.routing.weight(expert, k),
                   c = sim::output_scale(architecture_, snapshot.routing, expert, k);
      if (q > 0)
        loss += data.weight(k) * q *
                snapshot.problem.loss().value(data.label(k) * c * snapshot.evaluation.value(expert, k));
    }
    const Index size = data.features() * architecture_.neurons;
    for (Index head = 0; head < architecture_.heads; ++head) {
      analysis::Curvature curvature{nan, nan, nan, nan, nan, 0, nan};
      if (size <= largest_nonlinear_slice) {
        const Matrix hessian = sim::ffn_hessian(snapshot.problem, snapshot.state.parameters, snapshot.routing,
                                                expert * architecture_.heads + head);
        curvature = analysis::curvature_on_span(hessian, Matrix::Identity(size, size));
      }
      row["hessian_min"].push_back(nan);
      row["hessian_max"].push_back(curvature.max_full);
      row["hessian_condition"].push_back(nan);
      row["hessian_min_full"].push_back(curvature.min_full);
      row["hessian_residual"].push_back(curvature.residual);
      row["hessian_error"].push_back(curvature.error);
      row["curvature_over_loss"].push_back(nan);
    }
    append(row, "expert_loss", loss);
    for (const char* name : {"lstar", "expert_excess", "excess_rounding", "pl_ratio"}) append(row, name, nan);
    append(row, "lstar_attained", 0);
  }

  std::string loss_;
  double l2_;
  sim::Architecture architecture_;
  bool is_convex_;    // the frozen problem, in w
  Index slice_size_;  // numbers of w
  Matrix last_weights_, last_gradients_;
};

// The Hessian over all heads, its solver's copies, and the routed inputs.
double bytes_of_record(const sim::Config& config) {
  const sim::Architecture architecture = sim::build_architecture(config.model);
  const double slice = static_cast<double>(config.data.features) * static_cast<double>(architecture.neurons) *
                       static_cast<double>(architecture.heads);
  return 8 * slice * (3 * slice + 3 * sample_count(config.data));
}

}  // namespace

MetricEntry curvature_metric() {
  return {"curvature", "hessian_*, lstar, excess, pl_ratio, local_smoothness per expert", "mot.md section 5",
          [](const sim::Experiment& experiment) -> std::unique_ptr<Metric> {
            return std::make_unique<CurvatureMetric>(experiment);
          },
          bytes_of_record};
}

}  // namespace lemmata::scenarios
