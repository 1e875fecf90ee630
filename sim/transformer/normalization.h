#pragma once
#include "sim/types.h"

namespace lemmata::sim {

/// LayerNorm of one token in place: y = gain o n + bias, n = (r - m) / sqrt(v + 1e-5), m and v mean and mean squared
/// deviation of the numbers of r (divided by their number, not by one less).
/// @param y       in: r; out: y.   @param normal  out: n.
/// @return 1 / sqrt(v + 1e-5).
/// Source: Ba, Kiros, Hinton, arXiv 1607.06450, equations 3 and 4; the 1e-5 inside the root is PyTorch's.
/// Checked by: tests/sim/transformer_test.cpp, tests/sim/transformer_gradient_test.cpp.
double normalize(Index features, const double* gain, const double* bias, double* y, double* normal);

/// dL/dr of one token from dL/dy. @param inverse  what `normalize` returned. `d_r` may be `d_y`.
void normalize_backward(Index features, const double* gain, const double* normal, double inverse, const double* d_y,
                        double* d_r);

}  // namespace lemmata::sim
