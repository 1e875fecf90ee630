#include "analysis/frozen_optimum.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "analysis/frozen_newton.h"
#include "analysis/separation.h"

namespace lemmata::analysis {

namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw std::invalid_argument(message);
}

void validate(const FrozenProblem& problem) {
  const Index samples = problem.inputs.cols();
  require(problem.labels.size() == samples,
          "labels: found " + std::to_string(problem.labels.size()) + ", allowed: one per sample");
  require(problem.weights.size() == samples,
          "weights: found " + std::to_string(problem.weights.size()) + ", allowed: one per sample");
  require(problem.inputs.allFinite(), "inputs: found a value that is not finite, allowed: finite numbers");
  for (Index k = 0; k < samples; ++k) {
    require(std::abs(problem.labels[k]) == 1,
            "labels: found " + std::to_string(problem.labels[k]) + ", allowed: -1 or 1");
    require(problem.weights[k] >= 0 && std::isfinite(problem.weights[k]),
            "weights: found " + std::to_string(problem.weights[k]) + ", allowed: numbers >= 0");
  }
  require(problem.l2 >= 0 && std::isfinite(problem.l2),
          "l2: found " + std::to_string(problem.l2) + ", allowed: a number >= 0");
}

void require_size(const FrozenProblem& problem, const Vector& w) {
  require(w.size() == problem.inputs.rows(),
          "w: found " + std::to_string(w.size()) + " entries, allowed: " + std::to_string(problem.inputs.rows()));
}

/// a_k = label_k u_k, so that the margin is <w, a_k>.
Matrix signed_inputs(const FrozenProblem& problem) { return problem.inputs * problem.labels.asDiagonal(); }

Vector margins(const FrozenProblem& problem, const Vector& w) {
  return problem.labels.cwiseProduct(problem.inputs.transpose() * w);
}

/// The same problem on some of the samples.
FrozenProblem part(const FrozenProblem& problem, const std::vector<Index>& samples) {
  return {problem.loss, problem.inputs(Eigen::all, samples), problem.labels(samples), problem.weights(samples),
          problem.l2};
}

NewtonResult minimise(const FrozenProblem& problem) {
  switch (problem.loss) {
    case MarginLoss::squared:
      return minimise_squared(signed_inputs(problem), problem.weights, problem.l2);
    case MarginLoss::squared_hinge:
      return minimise_squared_hinge(signed_inputs(problem), problem.weights, problem.l2);
    case MarginLoss::logistic:
    case MarginLoss::exponential:
      break;
  }
  return minimise_smooth(problem.loss, signed_inputs(problem), problem.weights, problem.l2);
}

FrozenOptimum undecided(const FrozenProblem& problem) {
  FrozenOptimum optimum;
  optimum.value = optimum.gradient_norm = nan;
  optimum.minimiser = Vector::Constant(problem.inputs.rows(), nan);
  optimum.attained = false;
  return optimum;
}

}  // namespace

FrozenOptimum frozen_optimum(const FrozenProblem& problem) {
  validate(problem);
  std::vector<Index> counted;  // weight 0 takes no part: neither in the sum nor in the separation
  for (Index k = 0; k < problem.weights.size(); ++k) {
    if (problem.weights[k] > 0) counted.push_back(k);
  }
  FrozenOptimum optimum;
  std::vector<Index> kept = counted;
  const bool has_tail = problem.loss == MarginLoss::logistic || problem.loss == MarginLoss::exponential;
  if (has_tail && problem.l2 == 0) {
    const Separation separation = linear_separation(signed_inputs(part(problem, counted)));
    if (!separation.decided) return undecided(problem);
    kept.clear();
    for (const Index i : separation.rest) kept.push_back(counted[static_cast<std::size_t>(i)]);
    for (const Index i : separation.separated) optimum.separated.push_back(counted[static_cast<std::size_t>(i)]);
    optimum.attained = separation.separated.empty();
  }
  const FrozenProblem rest = part(problem, kept);
  const NewtonResult solution = minimise(rest);
  if (!solution.converged) return undecided(problem);
  optimum.minimiser = solution.minimiser;
  optimum.iterations = solution.iterations;
  optimum.value = frozen_value(rest, solution.minimiser);
  optimum.gradient_norm = frozen_gradient(rest, solution.minimiser).stableNorm();
  return optimum;
}

double frozen_value(const FrozenProblem& problem, const Vector& w) {
  require_size(problem, w);
  const Vector margin = margins(problem, w);
  double sum = problem.l2 / 2 * w.squaredNorm();
  for (Index k = 0; k < margin.size(); ++k) {
    if (problem.weights[k] > 0) sum += problem.weights[k] * loss_value(problem.loss, margin[k]);
  }
  return sum;
}

Vector frozen_gradient(const FrozenProblem& problem, const Vector& w) {
  require_size(problem, w);
  const Vector margin = margins(problem, w);
  Vector slope = Vector::Zero(margin.size());
  for (Index k = 0; k < margin.size(); ++k) {
    if (problem.weights[k] > 0) slope[k] = problem.weights[k] * problem.labels[k] * loss_slope(problem.loss, margin[k]);
  }
  return problem.inputs * slope + problem.l2 * w;
}

Matrix frozen_hessian(const FrozenProblem& problem, const Vector& w) {
  require_size(problem, w);
  const Vector margin = margins(problem, w);
  Vector curvature = Vector::Zero(margin.size());
  for (Index k = 0; k < margin.size(); ++k) {
    if (problem.weights[k] > 0) curvature[k] = problem.weights[k] * loss_curvature(problem.loss, margin[k]);
  }
  const Matrix root = problem.inputs * curvature.cwiseSqrt().asDiagonal();
  Matrix hessian = root * root.transpose();
  hessian.diagonal().array() += problem.l2;
  return hessian;
}

double frozen_excess(const FrozenProblem& problem, const FrozenOptimum& optimum, const Vector& w) {
  require_size(problem, w);
  require_size(problem, optimum.minimiser);
  const Vector move = w - optimum.minimiser;
  const Vector at_optimum = margins(problem, optimum.minimiser), change = margins(problem, move),
               margin = margins(problem, w);
  double sum = problem.l2 / 2 * move.squaredNorm();
  auto next_separated = optimum.separated.begin();
  for (Index k = 0; k < margin.size(); ++k) {
    const bool separated = next_separated != optimum.separated.end() && *next_separated == k;
    if (separated) ++next_separated;
    if (problem.weights[k] == 0) continue;
    sum += problem.weights[k] *
           (separated ? loss_value(problem.loss, margin[k]) : loss_divergence(problem.loss, at_optimum[k], change[k]));
  }
  return sum;
}

double frozen_excess_rounding(const FrozenProblem& problem, const FrozenOptimum& optimum) {
  FrozenProblem kept = problem;
  for (const Index k : optimum.separated) kept.weights[k] = 0;
  if (kept.loss == MarginLoss::squared_hinge) kept.loss = MarginLoss::squared;  // on a kink one side bends all the same
  const double relative = static_cast<double>(optimum.minimiser.size()) * std::numeric_limits<double>::epsilon();
  const double error = relative * optimum.minimiser.stableNorm();
  return frozen_hessian(kept, optimum.minimiser).trace() * error * error / 2;
}

}  // namespace lemmata::analysis
