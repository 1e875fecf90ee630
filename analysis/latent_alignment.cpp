#include "analysis/latent_alignment.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::analysis {
namespace {

constexpr double rounding = 1e-13;  // of a column's largest value: what is left of a constant after its mean is taken

/// Columns centred and of norm 1, those that are constant 0. Scaled first, so that no square over- or underflows.
Matrix standardised(const Matrix& columns) {
  Matrix result = columns;
  for (Index j = 0; j < result.cols(); ++j) {
    const double largest = result.col(j).cwiseAbs().maxCoeff();
    if (largest > 0) result.col(j) /= largest;
    result.col(j).array() -= result.col(j).mean();
    const double norm = result.col(j).norm(), size = std::sqrt(static_cast<double>(result.rows()));
    if (norm > rounding * size) {
      result.col(j) /= norm;
    } else {
      result.col(j).setZero();
    }
  }
  return result;
}

}  // namespace

LatentAlignment latent_alignment(const Matrix& latents, const Matrix& hidden) {
  if (latents.rows() != hidden.rows() || latents.rows() < 2 || latents.cols() < 1 || hidden.cols() < 1)
    throw std::invalid_argument("latents (" + std::to_string(latents.rows()) + ", " + std::to_string(latents.cols()) +
                                ") and hidden (" + std::to_string(hidden.rows()) + ", " +
                                std::to_string(hidden.cols()) +
                                "), allowed: equally many rows, at least 2, and columns");
  LatentAlignment found{nan, Vector::Constant(latents.cols(), nan), Eigen::VectorX<Index>::Constant(latents.cols(), -1),
                        0};
  if (!latents.allFinite() || !hidden.allFinite()) return found;
  const Matrix z = standardised(latents), h = standardised(hidden);
  const Matrix correlation = (z.transpose() * h).cwiseAbs();  // (latent, unit)
  double sum = 0;
  for (Index j = 0; j < z.cols(); ++j) {
    if (z.col(j).isZero(0)) {
      ++found.constant_latents;
      continue;
    }
    found.best[j] = std::fmin(correlation.row(j).maxCoeff(&found.unit[j]), 1);
    sum += found.best[j];
  }
  const Index varying = z.cols() - found.constant_latents;
  if (varying > 0) found.score = sum / static_cast<double>(varying);
  return found;
}

Matrix largest_over_positions(const Matrix& hidden, const Eigen::VectorX<Index>& positions) {
  if (positions.sum() != hidden.rows() || (positions.size() > 0 && !(positions.minCoeff() >= 1)))
    throw std::invalid_argument("positions: found a sum of " + std::to_string(positions.sum()) +
                                ", allowed: numbers >= 1 that sum to the rows, " + std::to_string(hidden.rows()));
  Matrix largest(positions.size(), hidden.cols());
  Index row = 0;
  for (Index i = 0; i < positions.size(); row += positions[i++]) {
    for (Index unit = 0; unit < hidden.cols(); ++unit)
      largest(i, unit) = hidden.col(unit).segment(row, positions[i]).maxCoeff<Eigen::PropagateNaN>();
  }
  return largest;
}

}  // namespace lemmata::analysis
