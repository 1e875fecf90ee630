#pragma once
#include <type_traits>

#include "sim/numerics/padded_products.h"

// The one register tile of sim's matrix products; for their sources only.
namespace lemmata::sim::tiles {

// Split by the compiler where registers are narrower. Handed on by reference only, because how vectors are passed by
// value depends on the registers there are.
using Lanes = double __attribute__((vector_size(padding * sizeof(double))));
using HalfLanes = double __attribute__((vector_size(padding / 2 * sizeof(double))));

// A tile's sums must fit the registers: 32 of 8 numbers with AVX-512, else 16 of 4 or 2.
#if defined(__AVX512F__)
constexpr int tall = 2, wide = 8, keys_at_once = 4;
#elif defined(__AVX__)
constexpr int tall = 1, wide = 6, keys_at_once = 1;
#else
constexpr int tall = 1, wide = 2, keys_at_once = 1;
#endif

// Numbers in memory, at any address of a double.
template <class Numbers>
struct [[gnu::packed, gnu::may_alias]] Stored {
  Numbers numbers;
};
inline void load(const double* at, Lanes& to) { to = reinterpret_cast<const Stored<Lanes>*>(at)->numbers; }
template <class Numbers>
inline void store(const Numbers& from, double* at) {
  reinterpret_cast<Stored<Numbers>*>(at)->numbers = from;
}

// A block of C in registers: `height` registers of rows, `width` columns. Every loaded number of A serves `width` sums,
// every one of B `height`. Inlined always: as a function of its own it spills.
template <int height, int width>
struct Tile {
  Lanes total[width][height] = {};

  // + A B,  b(k, j) = b[k * down + j * right]
  [[gnu::always_inline]] void add(const double* a, Index rows, const double* b, Index down, Index right, Index depth) {
    for (Index k = 0; k < depth; ++k) {
      Lanes column[height];
      for (int i = 0; i < height; ++i) load(a + k * rows + i * padding, column[i]);
      for (int j = 0; j < width; ++j) {
        const double factor = b[k * down + j * right];
        for (int i = 0; i < height; ++i) total[j][i] += column[i] * factor;
      }
    }
  }
  [[gnu::always_inline]] void put(double* c, Index rows, bool adds) const {
    for (int j = 0; j < width; ++j) {
      for (int i = 0; i < height; ++i) {
        double* to = c + j * rows + i * padding;
        if (!adds) {
          store(total[j][i], to);
          continue;
        }
        Lanes sum;
        load(to, sum);
        sum += total[j][i];
        store(sum, to);
      }
    }
  }
};

// Calls step(integral_constant width, column) for tiles of `width` columns and then for one of what is left.
template <int width, class Step>
[[gnu::always_inline]] inline void last_tile(Index left, Index column, Step step) {
  if (left == width) return step(std::integral_constant<int, width>(), column);
  if constexpr (width > 1) last_tile<width - 1>(left, column, step);
}
template <class Step>
[[gnu::always_inline]] inline void for_tiles(Index first, Index count, Step step) {
  const Index last = first + count;
  for (; first + wide <= last; first += wide) step(std::integral_constant<int, wide>(), first);
  if (first < last) last_tile<wide - 1>(last - first, first, step);
}

}  // namespace lemmata::sim::tiles
