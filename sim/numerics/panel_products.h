#pragma once
#include "sim/numerics/padded_products.h"
#include "sim/types.h"

// Matrix products for factors that no longer fit the L2 cache: one factor is copied once into panels and then read in
// order. Every entry of a product is one sum in the order of the depth, so its bits depend neither on how the columns
// or the rows are shared out nor on the number of threads. Checked by: tests/sim/panel_products_test.cpp against plain
// loops.
namespace lemmata::sim {

/// A left factor A (rows, depth): panels of as many rows as a register tile is tall, a panel's columns adjacent, zeros
/// below the last row. Holds its memory when it is filled again.
struct LeftPanels {
  Index rows = 0, depth = 0;
  Vector numbers;
};

/// A right factor B^T (depth, columns), given as B (columns, depth): panels of as many columns as a tile is wide.
struct RightPanels {
  Index columns = 0, depth = 0;
  Vector numbers;
};

/// A(row, k) = a[row + k stride].
void pack(const double* a, Index stride, Index rows, Index depth, LeftPanels& panels);

/// A(row, k) = a[k + row stride]: the transpose of what is in memory.
void pack_transposed(const double* a, Index stride, Index rows, Index depth, LeftPanels& panels);

/// B(column, k) = b[column + k stride].
void pack(const double* b, Index stride, Index columns, Index depth, RightPanels& panels);

/// C = A B, or C += A B.
/// @param b  (depth, columns) with `b_stride` numbers from column to column.
/// @param c  (padded(rows), columns) with `c_stride` from column to column; rows below `rows` get + 0.
void product(const LeftPanels& a, const double* b, Index b_stride, Index columns, double* c, Index c_stride, bool adds);

/// C = A B^T, or C += A B^T; nothing outside of C is written.
/// @param c  (rows of A, columns of B) with `c_stride` from column to column.
void outer_product(const LeftPanels& a, const RightPanels& b, double* c, Index c_stride, bool adds);

}  // namespace lemmata::sim
