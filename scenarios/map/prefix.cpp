#include <Eigen/Eigenvalues>
#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/map/cell.h"
#include "sim/model/hessian.h"

namespace lemmata::scenarios {
namespace {

// lambda_max of the FFN Hessian of one expert, its heads and neurons together: for forms that are not linear in the
// FFN, column by column from Hessian-vector products.
double ffn_curvature_max(const sim::Problem& problem, const FinalState& end, Index expert) {
  const sim::Architecture& architecture = problem.architecture();
  const Index columns = architecture.heads * architecture.neurons, features = problem.data().features();
  sim::Parameters direction = sim::zero_parameters(architecture, features);
  Matrix hessian(columns * features, columns * features);
  for (Index column = 0; column < columns; ++column) {
    for (Index feature = 0; feature < features; ++feature) {
      double& entry = direction.ffn(feature, expert * columns + column);
      entry = 1;
      hessian.col(column * features + feature) =
          sim::hessian_vector_product(problem, end.state.parameters, end.routing, direction, expert)
              .ffn.middleCols(expert * columns, columns)
              .reshaped();
      entry = 0;
    }
  }
  return Eigen::SelfAdjointEigenSolver<Matrix>(hessian, Eigen::EigenvaluesOnly).eigenvalues().maxCoeff();
}

}  // namespace

MapPrefix map_prefix(const LawMapPlan& plan, const MapCell& cell, long seed) {
  MapPrefix prefix;
  prefix.start = train_seed(regime_of(plan, cell), seed);
  if (prefix.start.training.stop_reason != "completed") return prefix;
  sim::Problem problem = problem_of(prefix.start.experiment);
  const sim::Architecture& architecture = problem.architecture();
  const double l2 = prefix.start.experiment.config.loss.l2;
  if (architecture.linear_in_ffn) {
    prefix.frozen = frozen_stage_of(prefix.start);
    prefix.curvature_max = prefix.frozen->curvature_max;
  } else {
    for (Index expert = 0; expert < architecture.experts; ++expert)
      prefix.curvature_max = std::fmax(prefix.curvature_max, ffn_curvature_max(problem, prefix.start, expert));
  }
  prefix.curvature_max += l2;
  const sim::GradientRequest ffn{true, false, false, false};
  sim::Evaluation evaluation;
  problem.evaluate(prefix.start.state.parameters, prefix.start.routing, ffn, evaluation);
  sim::add_l2(prefix.start.state.parameters, l2, ffn, evaluation);
  prefix.objective = evaluation.objective;
  const Index units = architecture.units();
  for (Index unit = 0; unit < units; ++unit) {
    const double norm =
        evaluation.gradient.ffn.middleCols(unit * architecture.neurons, architecture.neurons).stableNorm();
    prefix.gradient_norm = std::fmax(prefix.gradient_norm, norm);
  }
  return prefix;
}

double learning_rate_of(const LawMapPlan& plan, const MapCell& cell, const MapPrefix& prefix) {
  const MapOptimizer& optimizer = plan.optimizers[cell.optimizer];
  const double planned = optimizer.learning_rate.at(plan.losses[cell.loss].name);
  if (cell.rule == StepRule::equal) return planned;
  if (cell.rule == StepRule::own) return optimizer.name == "gd_inverse_smoothness" ? plan.fraction : planned;
  double rate = plan.fraction / prefix.curvature_max;
  if (optimizer.name == "gd_over_loss") rate *= prefix.objective;
  if (optimizer.name == "normalized_gd") rate *= prefix.gradient_norm;
  if (optimizer.name == "adam")
    rate *= prefix.gradient_norm / std::sqrt(static_cast<double>(prefix.start.state.parameters.ffn.rows()));
  return rate > 0 && std::isfinite(rate) ? rate : planned;
}

}  // namespace lemmata::scenarios
