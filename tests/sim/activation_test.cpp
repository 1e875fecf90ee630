#include "sim/activation/activation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>

#include "sim/error.h"
#include "tests/close.h"
#include "tests/oracle/naive_scalar.h"

using namespace lemmata;
using namespace lemmata::sim;
using oracle::HyperDual;

TEST_CASE("hyper-dual numbers: (x^3 e^x)'' at 2 is (x^3 + 6 x^2 + 6 x) e^x = 44 e^2, tanh, log and 1/x by hand") {
  const HyperDual x(2, 1, 1);
  const HyperDual f = x * x * x * exp(x);
  CHECK(close(f.d, 44 * std::exp(2.0), 0, 1e-15));  // a few roundings
  CHECK(close(f.b, 20 * std::exp(2.0), 0, 1e-15));
  CHECK(close((HyperDual(1) / x).d, 0.25, 0, 1e-15));
  CHECK(close(log(x).d, -0.25, 0, 1e-15));
  CHECK(close(tanh(x).d, -2 * std::tanh(2.0) * (1 - std::tanh(2.0) * std::tanh(2.0)), 0, 1e-14));
  CHECK((x - x).d == 0);
  CHECK((-x).b == -1);
}

TEST_CASE("activation: value, slope and curvature are those of the naive formula, differentiated exactly") {
  for (const ActivationEntry& entry : activations()) {
    CAPTURE(entry.name);
    for (double z = -9.05; z < 9; z += 0.07) {
      CAPTURE(z);
      const HyperDual naive = oracle::naive_activation(entry.name, HyperDual(z, 1, 1));
      // absolute: the naive 1 - tanh^2 cancels to one unit of 1; relative: a few roundings
      CHECK(close(entry.activation->value(z), naive.a, 4e-16, 1e-14));
      CHECK(close(entry.activation->slope(z), naive.b, 4e-15, 1e-14));
      CHECK(close(entry.activation->curvature(z), naive.d, 1e-14, 1e-13));
      const double step = 1e-100;
      const double slope = oracle::naive_activation(entry.name, std::complex<double>(z, step)).imag() / step;
      CHECK(close(entry.activation->slope(z), slope, 4e-15, 1e-14));
      const double h = 1e-4, difference = (entry.activation->value(z + h) - entry.activation->value(z - h)) / (2 * h);
      CHECK(close(entry.activation->slope(z), difference, 2e-8, 1e-8));  // h^2/6 phi''' and 1e-16 phi / h
    }
  }
  CHECK(activations().size() == 6);
}

TEST_CASE("activation: the slope jumps at the declared kink and nowhere else") {
  for (const ActivationEntry& entry : activations()) {
    CAPTURE(entry.name);
    for (double z = -4; z <= 4; z += 0.0625) {
      CAPTURE(z);
      const double jump = entry.activation->slope(z + 1e-9) - entry.activation->slope(z - 1e-9);
      CHECK((std::abs(jump) > 1e-6) == (z == entry.kink));  // a continuous slope moves by at most 2e-9 phi'' < 1e-7
    }
    CHECK((std::isnan(entry.kink) || (entry.kink >= -4 && entry.kink <= 4)));  // or the scan did not see it
  }
}

TEST_CASE("activation: relu on both sides of its kink and at it, slope 0 as in PyTorch") {
  const Activation& relu = *activation_named("relu").activation;
  CHECK(relu.slope(-1e-300) == 0);
  CHECK(relu.slope(0) == 0);
  CHECK(relu.slope(1e-300) == 1);
  CHECK(relu.value(0) == 0);
  CHECK(relu.value(1e-300) == 1e-300);
  CHECK(relu.value(-3) == 0);
}

TEST_CASE("activation: declared homogeneous degrees hold exactly for powers of two, and undeclared ones do not exist") {
  for (const ActivationEntry& entry : activations()) {
    CAPTURE(entry.name);
    const Activation& phi = *entry.activation;
    if (entry.homogeneous_degree > 0) {
      for (const double c : {0.25, 0.5, 2.0, 8.0}) {
        for (double z = -3; z <= 3; z += 0.375)
          CHECK(phi.value(c * z) == std::pow(c, entry.homogeneous_degree) * phi.value(z));
      }
    } else {
      CHECK(entry.homogeneous_degree == 0);
      CHECK(std::abs(phi.value(2) / phi.value(1) - phi.value(4) / phi.value(2)) > 0.01);  // phi(2z)/phi(z) depends on z
    }
  }
}

TEST_CASE("activation: NaN stays NaN and large arguments do not overflow on their way") {
  for (const ActivationEntry& entry : activations()) {
    CAPTURE(entry.name);
    CHECK(std::isnan(entry.activation->value(std::numeric_limits<double>::quiet_NaN())));
    for (const double z : {-1e4, -800.0, 800.0, 1e4}) {
      CHECK(std::isfinite(entry.activation->value(z)));
      CHECK(std::isfinite(entry.activation->slope(z)));
      CHECK(std::isfinite(entry.activation->curvature(z)));
    }
  }
  CHECK(close(activation_named("silu").activation->slope(800), 1, 0, 1e-15));
  CHECK(activation_named("silu").activation->value(800) == 800);
  CHECK(close(activation_named("tanh").activation->slope(100), 4 * std::exp(-200.0), 0, 1e-14));  // no 1 - 1
}

TEST_CASE("activation: an unknown name is refused") {
  CHECK_THROWS_AS(activation_named("gelu"), ConfigError);
  CHECK_THROWS_WITH(activation_named("gelu"), doctest::Contains("model.expert.activation: found gelu"));
}
