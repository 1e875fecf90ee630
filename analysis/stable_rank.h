#pragma once
#include "analysis/types.h"

namespace lemmata::analysis {

/// Stable rank |W|_F^2 / |W|_2^2, in [1, rank]: how many directions of equal strength would weigh as much.
/// From the eigenvalues of the smaller Gram matrix of W / max |W|, so it neither overflows nor underflows; relatively
/// accurate to about 1e-14. NaN for a matrix that is empty, zero or not finite.
/// Checked by: tests/analysis/stable_rank_test.cpp.
double stable_rank(const Matrix& matrix);

}  // namespace lemmata::analysis
