#include "theory/frozen_quadratic.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw std::invalid_argument(message);
}

/// |1 - p|^t, by log1p where 1 - p would round (its error would grow with t), by pow where it is exact.
double decay(double p, long t) {
  if (t == 0) return 1;
  const double base = std::abs(1 - p);
  const bool exact = std::abs(1 - (1 - p)) == p;
  if (exact || p > 1) return std::pow(base, static_cast<double>(t));
  return std::exp(static_cast<double>(t) * std::log1p(-p));
}

void require_rate(double learning_rate) {
  require(learning_rate > 0, "learning_rate: found " + std::to_string(learning_rate) + ", allowed: a number > 0");
}

}  // namespace

FrozenQuadratic quadratic_modes(const Matrix& hessian, const Vector& displacement) {
  require(hessian.rows() == hessian.cols(), "hessian: found a matrix that is not square");
  require(displacement.size() == hessian.rows(), "displacement: found a size that differs from the Hessian's");
  require(hessian.allFinite() && displacement.allFinite(), "hessian, displacement: found a value that is not finite");
  if (hessian.size() == 0) return {};
  const double scale = hessian.cwiseAbs().maxCoeff();
  require((hessian - hessian.transpose()).cwiseAbs().maxCoeff() <= 1e-12 * scale,
          "hessian: found a matrix that is not symmetric to 1e-12");
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(hessian);
  const double rounding = 1e-13 * eigen.eigenvalues().cwiseAbs().maxCoeff();
  require(eigen.eigenvalues()[0] >= -rounding,
          "hessian: found the eigenvalue " + std::to_string(eigen.eigenvalues()[0]) + ", allowed: none below 0");
  FrozenQuadratic quadratic{eigen.eigenvalues(), eigen.eigenvectors().transpose() * displacement, 0};
  for (double& curvature : quadratic.curvature) {
    if (curvature <= rounding) curvature = 0;
  }
  return quadratic;
}

FrozenQuadratic least_squares_modes(const Matrix& inputs, const Vector& targets, const Vector& weights,
                                    const Vector& start) {
  require(targets.size() == inputs.cols() && weights.size() == inputs.cols(),
          "targets, weights: found a size that differs from the samples");
  require(start.size() == inputs.rows(), "start: found a size that differs from the features");
  require(inputs.allFinite() && targets.allFinite() && start.allFinite(),
          "inputs, targets, start: found a value that is not finite");
  require(weights.size() == 0 || (weights.minCoeff() >= 0 && weights.allFinite()),
          "weights: allowed: finite numbers >= 0");
  if (inputs.size() == 0) return {};
  const Vector root = weights.cwiseSqrt();
  const Vector residual = root.cwiseProduct(targets - inputs.transpose() * start);
  const Matrix design = root.asDiagonal() * inputs.transpose();
  Eigen::BDCSVD<Matrix> svd(design, Eigen::ComputeThinU);
  svd.setThreshold(1e-12);
  const Index rank = svd.rank();
  const Matrix left = svd.matrixU().leftCols(rank);
  const Vector singular = svd.singularValues().head(rank), reach = left.transpose() * residual;
  const Vector unreachable = residual - left * reach;
  return {singular.cwiseAbs2(), -reach.cwiseQuotient(singular), unreachable.squaredNorm() / 2};
}

Matrix stacked(const std::vector<Matrix>& head_inputs) {
  Index rows = 0;
  for (const Matrix& head : head_inputs) {
    require(head.cols() == head_inputs.front().cols(), "head_inputs: found heads with different numbers of samples");
    rows += head.rows();
  }
  Matrix all(rows, head_inputs.empty() ? 0 : head_inputs.front().cols());
  Index row = 0;
  for (const Matrix& head : head_inputs) {
    all.middleRows(row, head.rows()) = head;
    row += head.rows();
  }
  return all;
}

FrozenQuadratic joined(const std::vector<FrozenQuadratic>& experts) {
  Index modes = 0;
  for (const FrozenQuadratic& expert : experts) modes += expert.curvature.size();
  FrozenQuadratic all{Vector(modes), Vector(modes), 0};
  Index at = 0;
  for (const FrozenQuadratic& expert : experts) {
    all.curvature.segment(at, expert.curvature.size()) = expert.curvature;
    all.coordinate.segment(at, expert.curvature.size()) = expert.coordinate;
    all.floor += expert.floor;
    at += expert.curvature.size();
  }
  return all;
}

Vector gradient_descent_excess(const FrozenQuadratic& quadratic, double learning_rate, std::span<const long> steps) {
  require_rate(learning_rate);
  Vector excess = Vector::Zero(static_cast<Index>(steps.size()));
  for (Index record = 0; record < excess.size(); ++record) {
    const long t = steps[static_cast<std::size_t>(record)];
    require(t >= 0, "steps: found " + std::to_string(t) + ", allowed: integers >= 0");
    for (Index i = 0; i < quadratic.curvature.size(); ++i) {
      const double lambda = quadratic.curvature[i];
      if (lambda == 0 || quadratic.coordinate[i] == 0)
        continue;  // flat, or at rest (0 x infinity where eta lambda > 2)
      const double position = quadratic.coordinate[i] * decay(learning_rate * lambda, t);
      excess[record] += lambda / 2 * position * position;
    }
  }
  return excess;
}

double slowest_rate(const FrozenQuadratic& quadratic, double learning_rate) {
  require_rate(learning_rate);
  double rate = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < quadratic.curvature.size(); ++i) {
    if (!(quadratic.curvature[i] > 0) || quadratic.coordinate[i] == 0) continue;
    const double p = learning_rate * quadratic.curvature[i];
    rate = std::fmin(rate, p < 1 ? -2 * std::log1p(-p) : -2 * std::log(p - 1));
  }
  return rate;
}

}  // namespace lemmata::theory
