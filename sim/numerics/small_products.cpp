#include "sim/numerics/small_products.h"

#include <cstring>

namespace lemmata::sim {
namespace {

constexpr Index lanes = 8;
using Lanes = double __attribute__((vector_size(lanes * sizeof(double))));   // split by the compiler where registers are narrower

inline Lanes load(const double* from) {
  Lanes value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline void store(double* to, Lanes value) { std::memcpy(to, &value, sizeof value); }

// Always the same tree, so that the sum does not depend on the width of the registers.
inline double sum(Lanes v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

// A tile of keys x queries scores: every loaded column serves the whole tile.
template <int keys, int queries>
inline void score_tile(const double* x, const double* t, Index features, double* scores, Index tokens) {
  Lanes total[keys][queries] = {};
  Index f = 0;
  for (; f + lanes <= features; f += lanes) {
    Lanes key[keys];
    for (int j = 0; j < keys; ++j) key[j] = load(x + j * features + f);
    for (int l = 0; l < queries; ++l) {
      const Lanes query = load(t + l * features + f);
      for (int j = 0; j < keys; ++j) total[j][l] += key[j] * query;
    }
  }
  for (int l = 0; l < queries; ++l) {
    for (int j = 0; j < keys; ++j) {
      double value = sum(total[j][l]);
      for (Index rest = f; rest < features; ++rest) value += x[j * features + rest] * t[l * features + rest];
      scores[l * tokens + j] = value;
    }
  }
}

// `queries` columns of Y over one run of features.
template <int queries>
inline void mixing_tile(const double* x, const double* d, Index features, Index tokens, double* mixed) {
  Index f = 0;
  for (; f + lanes <= features; f += lanes) {
    Lanes total[queries] = {};
    for (Index j = 0; j < tokens; ++j) {
      const Lanes column = load(x + j * features + f);
      for (int l = 0; l < queries; ++l) total[l] += column * d[l * tokens + j];
    }
    for (int l = 0; l < queries; ++l) store(mixed + l * features + f, total[l]);
  }
  for (; f < features; ++f) {
    for (int l = 0; l < queries; ++l) {
      double value = 0;
      for (Index j = 0; j < tokens; ++j) value += x[j * features + f] * d[l * tokens + j];
      mixed[l * features + f] = value;
    }
  }
}

}  // namespace

void score_product(const double* x, const double* t, Index features, Index tokens, double* scores) {
  Index l = 0;
  for (; l + 4 <= tokens; l += 4) {
    Index j = 0;
    for (; j + 4 <= tokens; j += 4) score_tile<4, 4>(x + j * features, t + l * features, features, scores + l * tokens + j, tokens);
    for (; j < tokens; ++j) score_tile<1, 4>(x + j * features, t + l * features, features, scores + l * tokens + j, tokens);
  }
  for (; l < tokens; ++l) {
    for (Index j = 0; j < tokens; ++j) score_tile<1, 1>(x + j * features, t + l * features, features, scores + l * tokens + j, tokens);
  }
}

void mixing_product(const double* x, const double* d, Index features, Index tokens, double* mixed) {
  Index l = 0;
  for (; l + 4 <= tokens; l += 4) mixing_tile<4>(x, d + l * tokens, features, tokens, mixed + l * features);
  for (; l < tokens; ++l) mixing_tile<1>(x, d + l * tokens, features, tokens, mixed + l * features);
}

}  // namespace lemmata::sim
