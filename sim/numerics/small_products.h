#pragma once
#include "sim/types.h"

namespace lemmata::sim {

/// The two products of one sample's attention, whose sides are too small for a general matrix product (its packing would cost more
/// than the product). Column-major, columns adjacent. Same result whatever the alignment; compared with the plain product in
/// tests/sim/small_products_test.cpp.

/// S = X^T T:  scores(j, l) = sum_f x(f, j) t(f, l).
/// @param x, t    (feature, token), columns `features` apart.   @param scores  (token, token), overwritten.
void score_product(const double* x, const double* t, Index features, Index tokens, double* scores);

/// Y = X D:  mixed(f, l) = sum_j x(f, j) d(j, l).
/// @param x  (feature, token).   @param d  (token, token).   @param mixed  (feature, token), overwritten; not x.
void mixing_product(const double* x, const double* d, Index features, Index tokens, double* mixed);

}  // namespace lemmata::sim
