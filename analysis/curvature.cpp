#include "analysis/curvature.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace lemmata::analysis {

namespace {

using SymmetricEigen = Eigen::SelfAdjointEigenSolver<Matrix>;

void require_size(const char* name, Index found, Index expected) {
  if (found != expected) {
    throw std::invalid_argument(std::string(name) + ": found " + std::to_string(found) +
                                ", allowed: " + std::to_string(expected));
  }
}

/// Orthonormal basis of the span of the columns, (feature, rank), by the eigenvectors of their Gram matrix.
Matrix span_basis(const Matrix& inputs) {
  const double scale = inputs.size() > 0 ? inputs.cwiseAbs().maxCoeff() : 0;
  if (!(scale > 0)) return Matrix(inputs.rows(), 0);
  const Matrix scaled = inputs / scale;
  const SymmetricEigen gram(scaled * scaled.transpose());
  const double threshold = span_tolerance * gram.eigenvalues()[inputs.rows() - 1];
  const Index rank = (gram.eigenvalues().array() > threshold).count();
  return gram.eigenvectors().rightCols(rank);
}

/// ||matrix x - lambda x|| of the two extreme pairs, relative to the norm of the matrix.
double extreme_residual(const Matrix& matrix, const SymmetricEigen& eigen) {
  const double scale = eigen.eigenvalues().cwiseAbs().maxCoeff();
  if (scale == 0) return 0;
  double residual = 0;
  for (const Index i : {Index{0}, matrix.rows() - 1}) {
    const Vector x = eigen.eigenvectors().col(i);
    const Vector difference = (matrix * x - eigen.eigenvalues()[i] * x) / scale;
    residual = std::fmax(residual, difference.norm());
  }
  return residual;
}

}  // namespace

Curvature curvature_on_span(const Matrix& hessian, const Matrix& inputs) {
  require_size("hessian columns", hessian.cols(), hessian.rows());
  require_size("inputs rows", inputs.rows(), hessian.rows());
  Curvature result{nan, nan, nan, nan, nan, 0, nan};
  if (!hessian.allFinite() || !inputs.allFinite() || hessian.size() == 0) return result;
  const double scale = hessian.cwiseAbs().maxCoeff();
  if (!((hessian - hessian.transpose()).cwiseAbs().maxCoeff() <= 1e-12 * scale)) {
    throw std::invalid_argument(
        "hessian: found a matrix that is not symmetric, allowed: symmetric to 1e-12 of its largest entry");
  }
  const SymmetricEigen full(hessian, Eigen::EigenvaluesOnly);
  result.min_full = full.eigenvalues()[0];
  result.max_full = full.eigenvalues()[hessian.rows() - 1];
  result.error = 4 * static_cast<double>(hessian.rows()) * std::numeric_limits<double>::epsilon() *
                 full.eigenvalues().cwiseAbs().maxCoeff();

  const Matrix basis = span_basis(inputs);
  result.rank = basis.cols();
  if (result.rank == 0) return result;
  const Matrix projected = basis.transpose() * hessian * basis;
  const Matrix restricted = (projected + projected.transpose()) / 2;
  const SymmetricEigen eigen(restricted);
  result.min = eigen.eigenvalues()[0];
  result.max = eigen.eigenvalues()[result.rank - 1];
  result.condition = result.min / result.max;
  result.residual = extreme_residual(restricted, eigen);
  return result;
}

SubtaskCurvature subtask_curvature(const Matrix& hessian, const Matrix& inputs, const Vector& routing,
                                   const Vector& share) {
  require_size("routing", routing.size(), inputs.cols());
  require_size("share", share.size(), inputs.cols());
  std::vector<Index> own;
  SubtaskCurvature result{};
  for (Index k = 0; k < routing.size(); ++k) {
    const double mass = share[k] * routing[k];
    result.load += mass;
    if (routing[k] >= 0.5) {
      own.push_back(k);
    } else {
      result.leak += mass;
    }
  }
  result.samples = static_cast<Index>(own.size());
  result.curvature = curvature_on_span(hessian, inputs(Eigen::all, own));
  const bool defined = result.leak == 0 && result.samples > 0;
  result.min_per_load = defined ? result.curvature.min / result.load : nan;
  result.max_per_load = defined ? result.curvature.max / result.load : nan;
  return result;
}

double pl_ratio(double gradient_norm, double excess) {
  if (!(excess > 0)) return nan;
  const double root = gradient_norm / std::sqrt(excess);  // squares of 1e-170 would vanish
  return root * root / 2;
}

double local_smoothness(const Vector& gradient_a, const Vector& gradient_b, const Vector& point_a,
                        const Vector& point_b) {
  require_size("gradient_b", gradient_b.size(), gradient_a.size());
  require_size("point_b", point_b.size(), point_a.size());
  const Vector gradient_change = gradient_b - gradient_a, move = point_b - point_a;
  const double distance = move.stableNorm();
  return distance > 0 ? gradient_change.stableNorm() / distance : nan;
}

}  // namespace lemmata::analysis
