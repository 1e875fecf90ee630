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
  CHECK(losses().size() == 4);
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
    "loss: declared attains_minimum, strictly_convex and smoothness are true; losses are >= 0, convex, keep NaN") {
  for (const LossEntry& entry : losses()) {
    CAPTURE(entry.name);
    bool reaches_zero = false, flat_somewhere = false;
    double largest = 0;
    for (double z = -700; z <= 700; z += 0.25) {
      const double value = entry.loss->value(z), curvature = entry.loss->curvature(z);
      CHECK(value >= 0);
      CHECK(curvature >= 0);
      reaches_zero = reaches_zero || value == 0;
      flat_somewhere = flat_somewhere || curvature == 0;
      largest = std::fmax(largest, curvature);
    }
    CHECK(reaches_zero == entry.attains_minimum);
    CHECK(flat_somewhere == !entry.strictly_convex);
    if (std::isinf(entry.smoothness)) {
      CHECK(largest > 1e300);  // grows without bound on the grid
    } else {
      CHECK(close(largest, entry.smoothness, 0,
                  1e-15));  // the grid holds z = 0, where logistic has its largest curvature
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(entry.loss->value(nan)));
    CHECK(std::isnan(entry.loss->slope(nan)));
    CHECK(entry.loss->value(5000) <= 1.25e7);  // infimum 0 to the right: at most the square's own growth
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
