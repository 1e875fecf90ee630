#include "sim/loss/loss.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/error.h"
#include "tests/close.h"
#include "tests/oracle/naive_scalar.h"

// Contract of every loss: value, slope and curvature belong together, the tails keep their relative accuracy, and each
// declaration of the registry is true.
using namespace lemmata;
using namespace lemmata::sim;
using oracle::HyperDual;

namespace {

std::vector<double> margins() {
  std::vector<double> z;
  for (double m = 0.0625; m < 40; m *= 1.5) z.insert(z.end(), {m, -m, 1 - m});
  z.push_back(0);
  return z;
}

}  // namespace

TEST_CASE("loss: by hand, logistic(0) = ln 2, exponential(0) = 1, squared(3) = 2, squared_hinge(-1) = 2") {
  CHECK(loss_named("logistic").loss->value(0) == std::log(2.0));
  CHECK(loss_named("exponential").loss->value(0) == 1);
  CHECK(loss_named("squared").loss->value(3) == 2);
  CHECK(loss_named("squared_hinge").loss->value(-1) == 2);
  CHECK(loss_named("squared_hinge").loss->value(3) == 0);
  CHECK(loss_named("logistic").loss->slope(0) == -0.5);
  CHECK(loss_named("squared").loss->slope(3) == 2);
  CHECK(loss_named("squared_hinge").loss->slope(-1) == -2);
  CHECK(loss_named("exponential").loss->slope(0) == -1);
  CHECK(losses().size() == 5);
}

TEST_CASE("loss: double_softmax at 0 by hand: ln 2, -1/4, 1/16, elsewhere golden numbers in 40 digits") {
  const Loss& loss = *loss_named("double_softmax").loss;
  CHECK(loss.value(0) == std::log(2.0));
  CHECK(loss.slope(0) == -0.25);       // s u' = 1/2 1/2
  CHECK(loss.curvature(0) == 0.0625);  // s (1 - s) u'^2 = 1/4 1/4
  struct Golden {
    double z, value, slope, curvature;
  };
  // mpmath, mp.dps = 40: l = lambda z: log(1 + exp(-tanh(z/2))); l(z), diff(l, z), diff(l, z, 2)
  for (const Golden& one :
       {Golden{-3, 1.2448167444702058468, -0.0643321345142262371484, -0.0565561208385300813035},
        Golden{-1, 0.950665596472470170001, -0.241249253350277448424, -0.0748216572028722707156},
        Golden{1, 0.488548439212460411499, -0.151974613132686256651, 0.106893838143024548169},
        Golden{2.5, 0.356379312089169181555, -0.0420332107898487636442, 0.0397826628279951353644}}) {
    CAPTURE(one.z);
    CHECK(close(loss.value(one.z), one.value, 0, 1e-15));
    CHECK(close(loss.slope(one.z), one.slope, 0, 1e-15));
    CHECK(close(loss.curvature(one.z), one.curvature, 0, 3e-15));  // two terms of unlike signs where z < 0
  }
}

TEST_CASE("loss: both tails of double_softmax: bounded, slope and curvature relatively accurate down to 1e-300") {
  const Loss& loss = *loss_named("double_softmax").loss;
  for (double z = 40; z <= 690; z += 7.5) {
    CAPTURE(z);
    // u = +-(1 - 2 e^-z), u' = 2 e^-z, s = 1/(1 + e^+-1), up to e^-40
    const double change = 2 * static_cast<double>(std::exp(static_cast<long double>(-z)));
    const double right = 1 / (1 + std::exp(1.0)), left = 1 / (1 + std::exp(-1.0));
    CHECK(close(loss.value(z), std::log1p(std::exp(-1.0)), 0, 1e-15));
    CHECK(close(loss.value(-z), std::log1p(std::exp(1.0)), 0, 1e-15));
    CHECK(close(loss.slope(z), -right * change, 0, 1e-15));
    CHECK(close(loss.slope(-z), -left * change, 0, 1e-15));
    CHECK(close(loss.curvature(z), right * change, 0, 1e-15));
    CHECK(close(loss.curvature(-z), -left * change, 0, 1e-15));
  }
}

TEST_CASE("loss: value, slope and curvature are those of the naive formula, differentiated exactly") {
  for (const LossEntry& entry : losses()) {
    CAPTURE(entry.name);
    for (const double z : margins()) {
      CAPTURE(z);
      const HyperDual naive = oracle::naive_loss(entry.name, HyperDual(z, 1, 1));
      // absolute part: the naive log(1 + e) rounds 1 + e, an error of one unit of 1; relative part: rounding of a few
      // steps
      CHECK(close(entry.loss->value(z), naive.a, 3e-16, 1e-14));
      CHECK(close(entry.loss->slope(z), naive.b, 3e-16, 1e-14));
      CHECK(close(entry.loss->curvature(z), naive.d, 3e-16, 1e-14));
    }
  }
}

TEST_CASE("loss: slope and curvature are the central differences of value and slope") {
  for (const LossEntry& entry : losses()) {
    CAPTURE(entry.name);
    for (double z = -6.05; z < 6; z += 0.1) {  // never within h of the hinge at 1
      CAPTURE(z);
      const double h = 1e-4;
      const double slope = (entry.loss->value(z + h) - entry.loss->value(z - h)) / (2 * h);
      const double curvature = (entry.loss->slope(z + h) - entry.loss->slope(z - h)) / (2 * h);
      // truncation h^2/6 l''' <= 2e-9 l (e^-z is its own bound), rounding 1e-16 l / h
      const double scale = 1 + std::abs(entry.loss->value(z));
      CHECK(close(entry.loss->slope(z), slope, 1e-8 * scale, 0));
      CHECK(close(entry.loss->curvature(z), curvature, 1e-8 * scale, 0));
    }
  }
}

TEST_CASE("loss: the tails of logistic and exponential keep full relative accuracy down to 1e-300") {
  for (double z = 30; z <= 690; z += 7.5) {
    CAPTURE(z);
    const long double e = std::exp(static_cast<long double>(-z));
    const double tail = static_cast<double>(e);
    const auto& logistic = *loss_named("logistic").loss;
    const auto& exponential = *loss_named("exponential").loss;
    // 4 units in the last place; log(1 + e) = e - e^2/2 with e < 1e-13, slope and curvature e - e^2 and e - 2 e^2
    CHECK(close(logistic.value(z), static_cast<double>(std::log1p(e)), 0, 1e-15));
    CHECK(close(logistic.slope(z), static_cast<double>(-e / (1 + e)), 0, 1e-15));
    CHECK(close(logistic.curvature(z), static_cast<double>(e / ((1 + e) * (1 + e))), 0, 1e-15));
    CHECK(close(exponential.value(z), tail, 0, 1e-15));
    CHECK(close(exponential.slope(z), -tail, 0, 1e-15));
    CHECK(close(exponential.curvature(z), tail, 0, 1e-15));
    // the other side: a large loss is the margin itself, and nothing overflows
    CHECK(close(logistic.value(-z), z, 0, 1e-13));
    CHECK(close(logistic.slope(-z), -1, 0, 1e-12));
    CHECK(close(logistic.curvature(-z), tail, 0, 1e-12));
  }
  CHECK(std::isfinite(loss_named("logistic").loss->value(-1e300)));
  CHECK(loss_named("logistic").loss->curvature(-1e5) == 0);
}

TEST_CASE(
    "loss: every declaration is true: infimum, attains_minimum, convex, strictly_convex, smoothness, NaN is kept") {
  for (const LossEntry& entry : losses()) {
    CAPTURE(entry.name);
    bool reaches_infimum = false, flat_somewhere = false, bends_down = false;
    double largest = 0, least = std::numeric_limits<double>::infinity();
    for (double z = -700; z <= 700; z += 0.25) {
      const double value = entry.loss->value(z), curvature = entry.loss->curvature(z);
      CHECK(value >= entry.infimum);
      // beyond |z| = 30 a tail differs from its limit by less than the rounding of a limit that is not 0
      reaches_infimum = reaches_infimum || (value == entry.infimum && (entry.infimum == 0 || std::abs(z) < 30));
      flat_somewhere = flat_somewhere || curvature == 0;
      bends_down = bends_down || curvature < 0;
      largest = std::fmax(largest, std::abs(curvature));
      least = std::fmin(least, value);
    }
    CHECK(reaches_infimum == entry.attains_minimum);
    CHECK(close(least, entry.infimum, 1e-300, 0));  // e^-700
    CHECK(bends_down == !entry.convex);
    CHECK((flat_somewhere || bends_down) == !entry.strictly_convex);
    if (std::isinf(entry.smoothness)) {
      CHECK(largest > 1e300);  // grows without bound on the grid
    } else {
      // the grid holds z = 0, where logistic has its largest curvature, and for double_softmax 0.75, 0.0153 off: a
      // relative (0.0153)^2/2 |l''''/l''| = 2e-4
      CHECK(close(largest, entry.smoothness, 0, entry.convex ? 1e-15 : 2e-4));
      CHECK(largest <= entry.smoothness);
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(entry.loss->value(nan)));
    CHECK(std::isnan(entry.loss->slope(nan)));
    CHECK(entry.loss->value(5000) <= 1.25e7);  // infimum to the right: at most the square's own growth
  }
}

TEST_CASE("loss: both sides of the hinge, and the kink itself") {
  const auto& hinge = *loss_named("squared_hinge").loss;
  CHECK(hinge.curvature(1 - 1e-9) == 1);
  CHECK(hinge.curvature(1) == 0);
  CHECK(hinge.curvature(1 + 1e-9) == 0);
  CHECK(hinge.slope(1 - 0x1p-30) == -0x1p-30);
  CHECK(hinge.slope(1) == 0);
  CHECK(hinge.slope(1 + 0x1p-30) == 0);
}

TEST_CASE("loss: an unknown name is refused with the field, the name and what is allowed") {
  try {
    loss_named("hinge");
    FAIL("accepted");
  } catch (const ConfigError& error) {
    CHECK(error.field() == "loss.kind");
    CHECK(error.found() == "hinge");
    for (const LossEntry& entry : losses()) CHECK(error.allowed().find(entry.name) != std::string::npos);
  }
}
