#include "analysis/certified.h"

#include <cmath>
#include <stdexcept>

#include "analysis/arb_library.h"

namespace lemmata::analysis {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw std::invalid_argument("proven_positive_definite: " + message);
}

void validate(const MatrixEnclosure& matrix, double modulus, Index precision) {
  const Matrix &lower = matrix.lower, &upper = matrix.upper;
  require(lower.rows() == lower.cols(), "found a matrix that is not square, allowed: a square one");
  require(lower.rows() == upper.rows() && lower.cols() == upper.cols(), "lower and upper must have the same shape");
  require(lower.allFinite() && upper.allFinite(), "found a bound that is not finite, allowed: finite numbers");
  require((lower.array() <= upper.array()).all(), "found lower > upper, allowed: lower <= upper");
  require(lower == lower.transpose() && upper == upper.transpose(),
          "found bounds that are not symmetric, allowed: symmetric ones");
  require(std::isfinite(modulus), "modulus: found a number that is not finite, allowed: finite numbers");
  require(precision >= 2, "precision: found " + std::to_string(precision) + " bits, allowed: >= 2");
}

}  // namespace

std::string ball_arithmetic() { return "Arb (FLINT " FLINT_VERSION ")"; }

bool proven_positive_definite(const MatrixEnclosure& matrix, double modulus, Index precision) {
  validate(matrix, modulus, precision);
  const LibrarySession session;
  BallMatrix balls(matrix.lower.rows(), matrix.lower.cols());
  const Ball shift(modulus);
  for (Index i = 0; i < balls.rows(); ++i) {
    for (Index j = 0; j <= i; ++j) {
      const Ball entry(matrix.lower(i, j), matrix.upper(i, j));
      arb_set(balls.at(i, j), entry.get());
    }
    arb_sub(balls.at(i, i), balls.at(i, i), shift.get(), precision);
  }
  return has_cholesky(balls, precision);
}

}  // namespace lemmata::analysis
