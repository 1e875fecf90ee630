#include "sim/numerics/padded_products.h"

#include "sim/numerics/register_tile.h"

namespace lemmata::sim {
namespace {

using namespace tiles;

// Calls step(integral_constant height, row) for tiles of `tall` registers of rows and then for single ones.
template <class Step>
[[gnu::always_inline]] inline void for_rows(Index rows, Step step) {
  Index row = 0;
  for (; row + tall * padding <= rows; row += tall * padding) step(std::integral_constant<int, tall>(), row);
  if constexpr (tall > 1) {
    for (; row < rows; row += padding) step(std::integral_constant<int, 1>(), row);
  }
}

// The sums of the lanes of four, always by the same tree ((0+4)+(2+6)) + ((1+5)+(3+7)): it does not depend on the width
// of the registers.
[[gnu::always_inline]] inline void put_sums(const Lanes& p, const Lanes& q, const Lanes& r, const Lanes& s,
                                            double* to) {
  const Lanes pq = __builtin_shufflevector(p, q, 0, 1, 2, 3, 8, 9, 10, 11) +
                   __builtin_shufflevector(p, q, 4, 5, 6, 7, 12, 13, 14, 15);
  const Lanes rs = __builtin_shufflevector(r, s, 0, 1, 2, 3, 8, 9, 10, 11) +
                   __builtin_shufflevector(r, s, 4, 5, 6, 7, 12, 13, 14, 15);
  const Lanes all = __builtin_shufflevector(pq, rs, 0, 1, 4, 5, 8, 9, 12, 13) +
                    __builtin_shufflevector(pq, rs, 2, 3, 6, 7, 10, 11, 14, 15);
  const HalfLanes sums = __builtin_shufflevector(all, all, 0, 2, 4, 6) + __builtin_shufflevector(all, all, 1, 3, 5, 7);
  store(sums, to);
}

// c(0..keys-1, 0..3): every loaded column serves the whole tile.
template <int keys>
[[gnu::always_inline]] inline void inner_tile(const double* a, const double* b, Index rows, double* c, Index c_rows) {
  Lanes total[keys][4] = {};
  for (Index f = 0; f < rows; f += padding) {
    Lanes key[keys];
    for (int j = 0; j < keys; ++j) load(a + j * rows + f, key[j]);
    for (int l = 0; l < 4; ++l) {
      Lanes query;
      load(b + l * rows + f, query);
      for (int j = 0; j < keys; ++j) total[j][l] += key[j] * query;
    }
  }
  if constexpr (keys == 4) {
    for (int l = 0; l < 4; ++l) put_sums(total[0][l], total[1][l], total[2][l], total[3][l], c + l * c_rows);
  } else {
    static_assert(keys == 1);
    double sums[4];
    put_sums(total[0][0], total[0][1], total[0][2], total[0][3], sums);
    for (int l = 0; l < 4; ++l) c[l * c_rows] = sums[l];
  }
}

inline double inner_product(const double* a, const double* b, Index rows) {
  Lanes total = {};
  for (Index f = 0; f < rows; f += padding) {
    Lanes left, right;
    load(a + f, left);
    load(b + f, right);
    total += left * right;
  }
  double sums[4];
  put_sums(total, total, total, total, sums);
  return sums[0];
}

}  // namespace

void product(const double* a, Index rows, Index depth, const double* b, Index b_rows, std::span<const Run> runs,
             double* c) {
  for_rows(rows, [&](auto height, Index row) {
    for (const Run& run : runs) {
      for_tiles(run.first, run.count, [&](auto width, Index column) {
        Tile<height, width> tile;
        tile.add(a + row, rows, b + column * b_rows, 1, b_rows, depth);
        tile.put(c + column * rows + row, rows, false);
      });
    }
  });
}

void outer_product(const double* a, Index rows, const double* b, Index b_rows, Index b_used, std::span<const Run> runs,
                   bool adds, double* c) {
  for_rows(rows, [&](auto height, Index row) {
    for_tiles(0, b_used, [&](auto width, Index column) {
      Tile<height, width> tile;
      for (const Run& run : runs)
        tile.add(a + run.first * rows + row, rows, b + run.first * b_rows + column, b_rows, 1, run.count);
      tile.put(c + column * rows + row, rows, adds);
    });
  });
}

void inner_products(const double* a, Index a_columns, const double* b, Index b_columns, Index rows, double* c) {
  Index l = 0;
  for (; l + 4 <= b_columns; l += 4) {
    Index j = 0;
    for (; j + keys_at_once <= a_columns; j += keys_at_once) {
      inner_tile<keys_at_once>(a + j * rows, b + l * rows, rows, c + l * a_columns + j, a_columns);
    }
    for (; j < a_columns; ++j) inner_tile<1>(a + j * rows, b + l * rows, rows, c + l * a_columns + j, a_columns);
  }
  for (; l < b_columns; ++l) {
    for (Index j = 0; j < a_columns; ++j) c[l * a_columns + j] = inner_product(a + j * rows, b + l * rows, rows);
  }
}

}  // namespace lemmata::sim
