#include "sim/numerics/panel_products.h"

#include <algorithm>
#include <cstring>

#include "sim/numerics/register_tile.h"

namespace lemmata::sim {
namespace {

using namespace tiles;

constexpr Index tall_rows = tall * padding;

Index panels_of(Index size, Index height) { return (size + height - 1) / height; }

// Grown only: factors of changing size do not allocate once the largest has been seen.
double* room(Vector& numbers, Index size) {
  if (numbers.size() < size) numbers.resize(size);
  return numbers.data();
}

// from(row, k) = a[row + k stride] into panels of `height` rows; what a panel lacks is 0.
template <Index height>
void copy_panels(const double* a, Index stride, Index rows, Index depth, double* to) {
  for (Index row = 0; row < rows; row += height) {
    const Index present = std::min(height, rows - row);
    for (Index k = 0; k < depth; ++k, to += height) {
      const double* from = a + row + k * stride;
      if (present == height) {
        std::memcpy(to, from, sizeof(double) * height);  // of known length: register moves
      } else {
        std::copy_n(from, present, to);
        std::fill(to + present, to + height, 0.0);
      }
    }
  }
}

// C(0..rows-1, 0..columns-1) from a tile that reaches beyond it.
template <int height, int width>
void put_part(const Tile<height, width>& tile, double* c, Index stride, Index rows, Index columns, bool adds) {
  double whole[Index{width} * height * padding];
  tile.put(whole, Index{height} * padding, false);  // cppcheck-suppress legacyUninitvar; it is what is written
  for (Index column = 0; column < columns; ++column) {
    for (Index row = 0; row < rows; ++row) {
      double& to = c[column * stride + row];
      const double sum = whole[column * height * padding + row];
      to = adds ? to + sum : sum;
    }
  }
}

// One panel of A of which `height` registers are in use, times B.
template <int height>
void panel_product(const double* panel, Index depth, const double* b, Index b_stride, Index columns, double* c,
                   Index c_stride, bool adds) {
  for_tiles(0, columns, [&](auto width, Index column) {
    Tile<height, width> tile;
    tile.add(panel, tall_rows, b + column * b_stride, 1, b_stride, depth);
    tile.put(c + column * c_stride, c_stride, adds);
  });
}

}  // namespace

void pack(const double* a, Index stride, Index rows, Index depth, LeftPanels& panels) {
  panels.rows = rows, panels.depth = depth;
  copy_panels<tall_rows>(a, stride, rows, depth, room(panels.numbers, panels_of(rows, tall_rows) * tall_rows * depth));
}

void pack(const double* b, Index stride, Index columns, Index depth, RightPanels& panels) {
  panels.columns = columns, panels.depth = depth;
  copy_panels<wide>(b, stride, columns, depth, room(panels.numbers, panels_of(columns, wide) * wide * depth));
}

void pack_transposed(const double* a, Index stride, Index rows, Index depth, LeftPanels& panels) {
  panels.rows = rows, panels.depth = depth;
  double* to = room(panels.numbers, panels_of(rows, tall_rows) * tall_rows * depth);
  for (Index row = 0; row < rows; row += tall_rows, to += tall_rows * depth) {
    const Index present = std::min(tall_rows, rows - row);
    if (present < tall_rows) std::fill(to, to + tall_rows * depth, 0.0);
    const double* from = a + row * stride;
    if (present == tall_rows) {
      for (Index k = 0; k < depth; ++k) {
        for (Index i = 0; i < tall_rows; ++i) to[k * tall_rows + i] = from[i * stride + k];
      }
    } else {
      for (Index i = 0; i < present; ++i) {
        for (Index k = 0; k < depth; ++k) to[k * tall_rows + i] = from[i * stride + k];
      }
    }
  }
}

void product(const LeftPanels& a, const double* b, Index b_stride, Index columns, double* c, Index c_stride,
             bool adds) {
  for (Index row = 0; row < a.rows; row += tall_rows) {
    const double* panel = a.numbers.data() + row * a.depth;
    if (a.rows - row > (tall - 1) * padding)
      panel_product<tall>(panel, a.depth, b, b_stride, columns, c + row, c_stride, adds);
    else
      panel_product<1>(panel, a.depth, b, b_stride, columns, c + row, c_stride, adds);
  }
}

void outer_product(const LeftPanels& a, const RightPanels& b, double* c, Index c_stride, bool adds) {
  for (Index column = 0; column < b.columns; column += wide) {
    for (Index row = 0; row < a.rows; row += tall_rows) {
      Tile<tall, wide> tile;
      tile.add(a.numbers.data() + row * a.depth, tall_rows, b.numbers.data() + column * b.depth, wide, 1, a.depth);
      double* to = c + column * c_stride + row;
      if (row + tall_rows <= a.rows && column + wide <= b.columns)
        tile.put(to, c_stride, adds);
      else
        put_part(tile, to, c_stride, std::min(tall_rows, a.rows - row), std::min<Index>(wide, b.columns - column),
                 adds);
    }
  }
}

}  // namespace lemmata::sim
