#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "sim/joma/reduced.h"

// The losses of sim/joma/reduced.h once more, as sums over single numbers in plain loops, for double and complex
// scalars: nothing is shared with the simulator but its draws.
namespace lemmata::oracle {


/// v, (component, node) row-major, then z, (component).
template <class Scalar>
struct ReducedPoint {
  std::vector<Scalar> v, z;
};

template <class Scalar>
Scalar naive_attention(const sim::ReducedConfig& c, const Scalar& z) {
  using std::exp;
  return (c.attention == "linear" ? z : exp(z / c.temperature)) / c.normalisation;
}

/// @param magnitude  null, or gets the same sum with every product replaced by its absolute value: two sums of these
///                   terms in any order lie within (number of operations) epsilon times it.
template <class Scalar>
Scalar naive_loss(const sim::ReducedSystem& system, const ReducedPoint<Scalar>& at, double* magnitude = nullptr) {
  using std::abs, std::exp;
  double unused = 0, &size = magnitude ? *magnitude : unused;
  size = 0;
  const sim::ReducedConfig& c = system.config();
  const Index components = system.mu().rows(), nodes = system.mu().cols();
  const auto v = [&](Index l, Index k) { return at.v[static_cast<std::size_t>(l * nodes + k)]; };
  const auto z = [&](Index l) { return at.z[static_cast<std::size_t>(l)]; };
  Scalar loss = 0;
  if (c.law == "stationary") {
    for (Index l = 0; l < components; ++l) {
      for (Index k = 0; k < nodes; ++k) {
        const Scalar term = system.mu()(l, k) * v(l, k) * naive_attention(c, z(l));
        loss -= term;
        size += abs(term);
      }
    }
    return loss;
  }
  const Index samples = system.tokens().cols();
  for (Index i = 0; i < samples; ++i) {
    std::vector<Scalar> b;
    Scalar sum = 0;
    for (Index l = 0; l < components; ++l) {
      const Scalar a = c.attention == "softmax" ? exp(z(l) / c.temperature) : naive_attention(c, z(l));
      b.push_back(a * system.tokens()(l, i));
      sum += b.back();
    }
    if (c.attention == "softmax") {
      for (Scalar& x : b) x /= sum;
    }
    for (Index k = 0; k < nodes; ++k) {
      Scalar h = 0;
      double size_of_h = 0;
      for (Index l = 0; l < components; ++l) {
        h += v(l, k) * b[static_cast<std::size_t>(l)];
        size_of_h += abs(v(l, k) * b[static_cast<std::size_t>(l)]);
      }
      const Scalar gap = system.upstream()(k, i) - h;
      loss += (c.law == "regression" ? gap * gap / 2.0 : -system.upstream()(k, i) * h) / static_cast<double>(samples);
      const double g = abs(system.upstream()(k, i));
      size += (c.law == "regression" ? (g + size_of_h) * (g + size_of_h) / 2 : g * size_of_h) /
              static_cast<double>(samples);
    }
  }
  return loss;
}

}  // namespace lemmata::oracle
