#include "theory/swap_bound.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::theory;

namespace {

/// An additive model on the tokens that occur at alpha = gamma: f(beta c_n), f(+v_n), f(-v_n).
struct AdditiveModel {
  Vector on_class, on_plus, on_minus;
  double label(Index n, int sign) const { return sign > 0 ? on_plus[n] : on_minus[n]; }
};

/// Its exact 0-1 error: all classes, distractors and signs, y F <= 0 counted.
double exact_error(const AdditiveModel& model, const Matrix& pair_probability) {
  double error = 0;
  for (Index n = 0; n < pair_probability.rows(); ++n) {
    for (Index other = 0; other < pair_probability.cols(); ++other) {
      for (const int y : {-1, 1}) {
        for (const int eps : {-1, 1}) {
          if (n == other) continue;
          const double output = model.on_class[n] + model.label(n, y) + model.label(other, eps);
          error += y * output <= 0 ? pair_probability(n, other) / 4 : 0;
        }
      }
    }
  }
  return error;
}

/// Reaches the bound: labels kappa_n = 2 - 4^-n, class biases t_n = 2 4^-n. Of every pair the class with the smaller
/// kappa errs once in four: its bias exceeds every kappa difference above it and stays below every one under it.
AdditiveModel tight_model(Index classes) {
  AdditiveModel model{Vector(classes), Vector(classes), Vector(classes)};
  for (Index n = 0; n < classes; ++n) {
    const double small = std::pow(4.0, -static_cast<double>(n));
    model.on_class[n] = 2 * small;
    model.on_plus[n] = 2 - small;
    model.on_minus[n] = -model.on_plus[n];
  }
  return model;
}

}  // namespace

TEST_CASE("swap bound: 1/8 for uniform classes, any N") {
  for (const Index classes : {2, 3, 10}) {
    const Matrix p = uniform_distractors(Vector::Constant(classes, 1.0 / static_cast<double>(classes)));
    CHECK(close(swap_error_bound(p), 0.125, 0, 1e-14));
  }
}

TEST_CASE("swap bound: Zipf weakens it: shares (1/2, 1/3, 1/6): (1/3 + 1/6 + 1/6)/8 = 1/12") {
  const Matrix p = uniform_distractors(Vector{{1.0 / 2, 1.0 / 3, 1.0 / 6}});
  CHECK(close(p.sum(), 1, 0, 1e-15));
  CHECK(close(swap_error_bound(p), 1.0 / 12, 0, 1e-14));
}

TEST_CASE("swap bound: one additive model reaches exactly 1/8 for N = 2, 3, 5: it is tight") {
  for (const Index classes : {2, 3, 5}) {
    const Matrix p = uniform_distractors(Vector::Constant(classes, 1.0 / static_cast<double>(classes)));
    CHECK(close(exact_error(tight_model(classes), p), 0.125, 0, 1e-13));
  }
}

TEST_CASE("swap bound: none of 100,000 random additive models beats it, uniform or Zipf, some come within a factor 2") {
  std::mt19937_64 generator(5);
  const auto uniform = [&](Index size) {
    Vector values(size);
    for (double& x : values) x = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
    return values;
  };
  for (const Vector& share : {Vector(Vector::Constant(3, 1.0 / 3)), Vector{{6.0 / 11, 3.0 / 11, 2.0 / 11}}}) {
    const Matrix p = uniform_distractors(share);
    double least = 1;
    for (int trial = 0; trial < 100000; ++trial) {
      const AdditiveModel model{uniform(3), Vector(uniform(3).array() + 0.8), Vector(uniform(3).array() - 0.8)};
      least = std::fmin(least, exact_error(model, p));
    }
    CHECK(least >= swap_error_bound(p) - 1e-14);
    CHECK(least <= 2 * swap_error_bound(p));
  }
}

TEST_CASE("swap bound: the exhaustive search over models with values -2..2 on two classes finds 1/8 and no less") {
  const Matrix p = uniform_distractors(Vector::Constant(2, 0.5));
  double least = 1;
  for (int code = 0; code < 15625; ++code) {  // 5^6
    Vector value(6);
    for (int digit = 0, rest = code; digit < 6; ++digit, rest /= 5) value[digit] = rest % 5 - 2;
    least = std::fmin(least, exact_error({value.head(2), value.segment(2, 2), value.tail(2)}, p));
  }
  CHECK(least == 0.125);
}

TEST_CASE("swap bound: no distribution is refused") {
  CHECK_THROWS_AS(swap_error_bound(Matrix::Zero(3, 3)), std::invalid_argument);
  CHECK_THROWS_AS(swap_error_bound(Matrix::Identity(2, 2) / 2), std::invalid_argument);
  CHECK_THROWS_AS(swap_error_bound(Matrix{{0.0, std::nan("")}, {1.0, 0.0}}), std::invalid_argument);
  CHECK_THROWS_AS(swap_error_bound(Matrix{{0.0, 1.5}, {-0.5, 0.0}}), std::invalid_argument);
  CHECK_THROWS_AS(uniform_distractors(Vector::Ones(1)), std::invalid_argument);
}
