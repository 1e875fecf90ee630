#pragma once
#include <string>

#include "analysis/types.h"

// What is proven, not estimated: every rounding error is carried along as the radius of a ball.
namespace lemmata::analysis {

/// The ball arithmetic this build has, "Arb (FLINT 2.9.0)"; empty if it was built without. Then nothing can be proven:
/// everything below is "not proven".
std::string ball_arithmetic();

/// Bits of the midpoints of balls where nothing else is said. 53 are too few for a Cholesky factorisation of 400 rows.
inline constexpr Index proof_precision = 128;

/// Every matrix A with lower <= A <= upper, entry by entry. Equal bounds: one exact matrix.
struct MatrixEnclosure {
  Matrix lower, upper;
};

/// Whether A - modulus I is PROVEN positive definite for every symmetric A in the enclosure, by Cholesky factorisation
/// in ball arithmetic. False is "not proven" and says nothing about A; without ball arithmetic it is always false.
///
/// @param precision  bits of the midpoints, >= 2.
/// @throws std::invalid_argument on shapes that disagree, a matrix that is not square, NaN, lower > upper, bounds that
/// are not symmetric, a modulus that is not finite, or a precision < 2.
/// Checked by: tests/analysis/certified_test.cpp.
bool proven_positive_definite(const MatrixEnclosure& matrix, double modulus, Index precision = proof_precision);

/// The same of one exact matrix.
inline bool proven_positive_definite(const Matrix& exact, double modulus, Index precision = proof_precision) {
  return proven_positive_definite(MatrixEnclosure{exact, exact}, modulus, precision);
}

}  // namespace lemmata::analysis
