#pragma once
#include "sim/types.h"

namespace lemmata::sim {

/// Frobenius norm without underflow or overflow on the way: m ||x/m||, m = max |x|. The plain norm is 0 at 1e-170.
/// Eigen's stableNorm is not used because it may lose a NaN (its maximum does) and so hide a divergence.
/// @return ||x||_F, 0 if x is empty; NaN if any entry is NaN, else infinity if any entry is infinite.
/// Checked by: tests/sim/optimizer_test.cpp, from 1e-320 to 1e308.
double scaled_norm(const Eigen::Ref<const Matrix>& x);

}  // namespace lemmata::sim
