#pragma once
#include <cmath>
#include <complex>

namespace lemmata::oracle {

/// A number a + b e1 + c e2 + d e1 e2 with e1^2 = e2^2 = 0. Evaluating f at x + e1 u + e2 v leaves f'(x) u, f'(x) v and
/// f''(x) u v in b, c and d, exact to rounding: no step size to choose, nothing to cancel.
/// Source: Fike, Alonso, "The development of hyper-dual numbers for exact second-derivative calculations", AIAA
/// 2011-886. Checked by: tests/sim/activation_test.cpp (known derivatives).
struct HyperDual {
  double a = 0, b = 0, c = 0, d = 0;
  HyperDual() = default;
  HyperDual(double value) : a(value) {}  // NOLINT: a plain number is a hyper-dual one
  HyperDual(double value, double first, double second, double both = 0) : a(value), b(first), c(second), d(both) {}

  HyperDual& operator+=(const HyperDual& y) { return *this = {a + y.a, b + y.b, c + y.c, d + y.d}; }
  HyperDual& operator-=(const HyperDual& y) { return *this = {a - y.a, b - y.b, c - y.c, d - y.d}; }
  HyperDual& operator*=(const HyperDual& y) {
    return *this = {a * y.a, a * y.b + b * y.a, a * y.c + c * y.a, a * y.d + b * y.c + c * y.b + d * y.a};
  }
};

/// f(x) from the value and the first two derivatives of f at x.a.
inline HyperDual chain(const HyperDual& x, double value, double slope, double curvature) {
  return {value, slope * x.b, slope * x.c, slope * x.d + curvature * x.b * x.c};
}

inline HyperDual operator+(HyperDual x, const HyperDual& y) { return x += y; }
inline HyperDual operator-(HyperDual x, const HyperDual& y) { return x -= y; }
inline HyperDual operator-(const HyperDual& x) { return {-x.a, -x.b, -x.c, -x.d}; }
inline HyperDual operator*(HyperDual x, const HyperDual& y) { return x *= y; }
inline HyperDual operator/(HyperDual x, const HyperDual& y) {
  return x *= chain(y, 1 / y.a, -1 / (y.a * y.a), 2 / (y.a * y.a * y.a));
}
inline HyperDual exp(const HyperDual& x) { return chain(x, std::exp(x.a), std::exp(x.a), std::exp(x.a)); }
inline HyperDual log(const HyperDual& x) { return chain(x, std::log(x.a), 1 / x.a, -1 / (x.a * x.a)); }
inline HyperDual tanh(const HyperDual& x) {
  const double t = std::tanh(x.a);
  return chain(x, t, 1 - t * t, -2 * t * (1 - t * t));
}

/// What a branch (relu, hinge, max) looks at, for every scalar of the naive model.
inline double real_part(double x) { return x; }
inline double real_part(const std::complex<double>& x) { return x.real(); }
inline double real_part(const HyperDual& x) { return x.a; }

}  // namespace lemmata::oracle
