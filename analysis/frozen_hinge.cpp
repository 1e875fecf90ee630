#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "analysis/frozen_newton.h"
#include "analysis/nonnegative_least_squares.h"

// Squared hinge: max(0, 1-z)^2/2 is a parabola on either side of z = 1, so the objective is piecewise quadratic.
namespace lemmata::analysis {

namespace {

constexpr Index step_limit = 500;

Vector shortfall(const Matrix& points, const Vector& w) {
  return (1 - (points.transpose() * w).array()).cwiseMax(0).matrix();
}

Vector hinge_gradient(const Matrix& points, const Vector& weights, double l2, const Vector& w) {
  return l2 * w - points * weights.cwiseProduct(shortfall(points, w));
}

/// Rounding of the gradient: margins are known to 1e-16 of |z| + 1.
double gradient_rounding(const Matrix& points, const Vector& weights, double l2, const Vector& w) {
  const Vector margin = points.transpose() * w;
  double sum = l2 * w.norm();
  for (Index k = 0; k < margin.size(); ++k) sum += weights[k] * points.col(k).norm() * (1 + std::abs(margin[k]));
  return 8 * std::numeric_limits<double>::epsilon() * sum;
}

/// Minimiser of the parabola that holds at w, minus w, of least norm.
Vector newton_direction(const Matrix& points, const Vector& weights, double l2, const Vector& w) {
  const Vector open = shortfall(points, w);
  const Index samples = points.cols(), dimension = points.rows(), extra = l2 > 0 ? dimension : 0;
  Matrix root = Matrix::Zero(samples + extra, dimension);
  Vector target = Vector::Zero(samples + extra);
  for (Index k = 0; k < samples; ++k) {
    if (open[k] == 0) continue;
    root.row(k) = std::sqrt(weights[k]) * points.col(k).transpose();
    target[k] = std::sqrt(weights[k]) * open[k];
  }
  if (extra > 0) {
    root.bottomRows(dimension).diagonal().setConstant(std::sqrt(l2));
    target.tail(dimension) = -std::sqrt(l2) * w;
  }
  Eigen::CompleteOrthogonalDecomposition<Matrix> decomposition(root.rows(), root.cols());
  decomposition.setThreshold(rank_tolerance);
  decomposition.compute(root);
  return decomposition.solve(target);
}

/// The step t > 0 that minimises the objective along a descent direction, exactly: its slope in t is increasing and
/// piecewise linear with kinks where a margin passes 1.
double exact_step(const Matrix& points, const Vector& weights, double l2, const Vector& w, const Vector& direction) {
  const Vector room = 1 - (points.transpose() * w).array(), speed = points.transpose() * direction;
  const double slope_l2 = l2 * w.dot(direction), curvature_l2 = l2 * direction.squaredNorm();
  const auto slope = [&](double t) {
    const Vector open = (room - t * speed).cwiseMax(0);
    return slope_l2 + t * curvature_l2 - weights.cwiseProduct(open).dot(speed);
  };
  std::vector<double> kinks;
  for (Index k = 0; k < room.size(); ++k) {
    const double kink = room[k] / speed[k];
    if (kink > 0 && std::isfinite(kink)) kinks.push_back(kink);
  }
  std::ranges::sort(kinks);
  const auto after = std::ranges::partition_point(kinks, [&](double t) { return slope(t) < 0; });
  const double left = after == kinks.begin() ? 0 : *(after - 1);
  const double right =
      after == kinks.end() ? std::fmax(1, 2 * left) : *after;  // no kink beyond: any second point will do
  const double slope_left = slope(left), slope_right = slope(right);
  return slope_right > slope_left ? left - slope_left * (right - left) / (slope_right - slope_left) : left;
}

/// Among the minimisers (same margin wherever it is below 1, at least 1 elsewhere) the one of least norm.
Vector least_norm_minimiser(const Matrix& points, const Vector& w) {
  std::vector<Index> pinned, bounded;
  const Vector open = shortfall(points, w);
  for (Index k = 0; k < open.size(); ++k) (open[k] > 1e-9 ? pinned : bounded).push_back(k);
  const Matrix basis = column_basis(points(Eigen::all, pinned));
  const Vector fixed = basis * (basis.transpose() * w);
  const Matrix others = points(Eigen::all, bounded);
  const Matrix outside = others - basis * (basis.transpose() * others);
  std::vector<Index> free;   // constraints on which the part outside the pinned span has any influence
  for (Index k = 0; k < outside.cols(); ++k) {
    if (outside.col(k).norm() > 1e-10 * others.col(k).norm()) free.push_back(k);
  }
  const Matrix rows = outside(Eigen::all, free).transpose();
  const Vector reached = others.transpose() * fixed;
  const Vector bounds = 1 - reached(free).array();
  const LeastDistance rest = least_distance(rows, bounds);
  return rest.converged ? Vector(fixed + rest.point) : w;
}

}  // namespace

NewtonResult minimise_squared_hinge(const Matrix& points, const Vector& weights, double l2) {
  Vector w = Vector::Zero(points.rows());
  NewtonResult result;
  double best = std::numeric_limits<double>::infinity();
  for (; result.iterations < step_limit; ++result.iterations) {
    const Vector gradient = hinge_gradient(points, weights, l2, w);
    if (gradient.norm() < best) {
      best = gradient.norm();
      result.minimiser = w;
    }
    if (gradient.norm() <= gradient_rounding(points, weights, l2, w)) break;
    const Vector direction = newton_direction(points, weights, l2, w);
    if (!(gradient.dot(direction) < 0)) break;
    w += exact_step(points, weights, l2, w, direction) * direction;
  }
  result.converged = best <= 100 * gradient_rounding(points, weights, l2, result.minimiser);
  if (l2 > 0 || !result.converged) return result;
  const Vector least = least_norm_minimiser(points, result.minimiser);
  const double limit = std::fmax(best, 10 * gradient_rounding(points, weights, l2, least));
  if (hinge_gradient(points, weights, l2, least).norm() <= limit) result.minimiser = least;
  return result;
}

}  // namespace lemmata::analysis
