#include "analysis/frozen_newton.h"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <cmath>

namespace lemmata::analysis {

namespace {

constexpr Index step_limit = 500;

/// The objective in coordinates of the span, with what one Newton step needs.
struct SmoothObjective {
  MarginLoss loss;
  const Matrix& points;   // (coordinate, sample)
  const Vector& weights;
  double l2;

  double value(const Vector& w) const {
    const Vector margin = points.transpose() * w;
    double sum = l2 / 2 * w.squaredNorm();
    for (Index k = 0; k < margin.size(); ++k) sum += weights[k] * loss_value(loss, margin[k]);
    return sum;
  }

  Vector gradient(const Vector& w) const {
    const Vector margin = points.transpose() * w;
    Vector slope(margin.size());
    for (Index k = 0; k < margin.size(); ++k) slope[k] = weights[k] * loss_slope(loss, margin[k]);
    return points * slope + l2 * w;
  }

  /// What the gradient's terms add up to without their signs: rounding of the gradient is 1e-16 of this.
  double gradient_scale(const Vector& w) const {
    const Vector margin = points.transpose() * w;
    double sum = l2 * w.norm();
    for (Index k = 0; k < margin.size(); ++k)
      sum += weights[k] * std::abs(loss_slope(loss, margin[k])) * points.col(k).norm();
    return sum;
  }

  /// Newton step as a least squares problem in sqrt(Hessian), which squares no condition number:
  /// min_s sum_k weight l'' (<a_k, s> + l'/l'')^2 + l2 ||s + w||^2.
  Vector newton_step(const Vector& w) const {
    const Vector margin = points.transpose() * w;
    const Index samples = points.cols(), dimension = points.rows(), extra = l2 > 0 ? dimension : 0;
    Matrix root = Matrix::Zero(samples + extra, dimension);
    Vector target = Vector::Zero(samples + extra);
    for (Index k = 0; k < samples; ++k) {
      const double curvature = loss_curvature(loss, margin[k]);
      if (!(curvature > 0)) continue;
      const double scale = std::sqrt(weights[k] * curvature);
      root.row(k) = scale * points.col(k).transpose();
      target[k] = -scale * loss_slope(loss, margin[k]) / curvature;
    }
    if (extra > 0) {
      root.bottomRows(dimension).diagonal().setConstant(std::sqrt(l2));
      target.tail(dimension) = -std::sqrt(l2) * w;
    }
    return root.colPivHouseholderQr().solve(target);
  }
};

/// Sufficient decrease; where that is below the rounding of the value, a smaller gradient decides.
bool is_progress(const SmoothObjective& objective, double value, const Vector& gradient, double slope, const Vector& to,
                 double step) {
  const double next = objective.value(to);
  if (next <= value + 1e-4 * step * slope && next < value) return true;
  const bool below_rounding = -slope <= 1e-10 * std::abs(value);
  return below_rounding && next <= value * (1 + 1e-10) && objective.gradient(to).norm() < gradient.norm();
}

}  // namespace

Matrix column_basis(const Matrix& points) {
  if (points.size() == 0) return Matrix(points.rows(), 0);
  Eigen::BDCSVD<Matrix> svd(points, Eigen::ComputeThinU);
  svd.setThreshold(rank_tolerance);
  return svd.matrixU().leftCols(svd.rank());
}

NewtonResult minimise_squared(const Matrix& points, const Vector& weights, double l2) {
  const Index samples = points.cols(), dimension = points.rows(), extra = l2 > 0 ? dimension : 0;
  Matrix root = Matrix::Zero(samples + extra, dimension);
  Vector target = Vector::Zero(samples + extra);
  target.head(samples) = weights.cwiseSqrt();
  root.topRows(samples) = target.head(samples).asDiagonal() * points.transpose();
  if (extra > 0) root.bottomRows(dimension).diagonal().setConstant(std::sqrt(l2));
  if (root.size() == 0) return {Vector::Zero(dimension), 0, true};
  Eigen::BDCSVD<Matrix> svd(root, Eigen::ComputeThinU | Eigen::ComputeThinV);
  svd.setThreshold(rank_tolerance);
  return {svd.solve(target), 0, true};
}

NewtonResult minimise_smooth(MarginLoss loss, const Matrix& points, const Vector& weights, double l2) {
  const Matrix basis = column_basis(points);
  const Matrix reduced = basis.transpose() * points;
  const SmoothObjective objective{loss, reduced, weights, l2};
  Vector w = Vector::Zero(basis.cols());
  NewtonResult result;
  while (basis.cols() > 0 && result.iterations < step_limit) {
    const Vector gradient = objective.gradient(w);
    if (gradient.norm() == 0) break;
    const Vector direction = objective.newton_step(w);
    const double value = objective.value(w), slope = gradient.dot(direction);
    double step = 1;
    while (step > 1e-12 && !is_progress(objective, value, gradient, slope, w + step * direction, step)) step /= 2;
    if (!(step > 1e-12)) break;   // no direction leads on: at rounding, or stuck; the gradient tells which
    w += step * direction;
    ++result.iterations;
  }
  result.converged = basis.cols() == 0 || objective.gradient(w).norm() <= 1e-12 * objective.gradient_scale(w);
  result.minimiser = basis * w;
  return result;
}

}  // namespace lemmata::analysis
