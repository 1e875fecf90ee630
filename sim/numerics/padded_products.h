#pragma once
#include <span>

#include "sim/types.h"

namespace lemmata::sim {

/// Matrix products of a training step: one register tile without packing, for operands that stay in the L2 cache. All
/// matrices are column-major with adjacent columns; those called PADDED have a multiple of `padding` rows (zeros below
/// the last feature), so that no product has a remainder along its rows. Same result whatever the alignment. Checked
/// by: tests/sim/padded_products_test.cpp against plain loops.
inline constexpr Index padding = 8;

/// Features rounded up to whole registers.
constexpr Index padded(Index features) { return (features + padding - 1) / padding * padding; }

/// Adjacent columns of a matrix.
struct Run {
  Index first, count;
};

/// C = A B in the columns of `runs`; the others are left alone.
/// @param a  (rows, depth), padded.   @param b  (depth or more: b_rows, columns).   @param c  (rows, columns), padded;
/// neither a nor b.
void product(const double* a, Index rows, Index depth, const double* b, Index b_rows, std::span<const Run> runs,
             double* c);

/// C = A B^T, or C += A B^T if `adds`, summed over the columns of `runs`; the sum is taken first, then added once.
/// @param a  (rows, columns), padded.   @param b  (b_used or more: b_rows, columns).   @param c  (rows, b_used),
/// padded; neither a nor b.
void outer_product(const double* a, Index rows, const double* b, Index b_rows, Index b_used, std::span<const Run> runs,
                   bool adds, double* c);

/// C = A^T B:  c(j, l) = sum_f a(f, j) b(f, l).
/// @param a  (rows, a_columns), padded.   @param b  (rows, b_columns), padded.   @param c  (a_columns, b_columns),
/// overwritten.
void inner_products(const double* a, Index a_columns, const double* b, Index b_columns, Index rows, double* c);

}  // namespace lemmata::sim
