#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

#include "sim/loss/loss.h"
#include "tests/precision.h"

using namespace lemmata::sim;

namespace {

struct Bounds {
  std::function<ExactLoss(const Exact&)> exact;
  double value, slope, curvature;  // in units of 2^-52, relative
};

// exp, log1p and tanh of glibc are within 1, 1 and 2 units, an operation within a half; what goes into exp(x), |x| <=
// 1, costs its own error once more. Counted from the inside out:
//   logistic        value exp 1, log1p of it 1 + 1, sum 1/2; slope exp 1, 1 + e 1, quotient 1/2; curvature 1 + 2.5 +
//   1/2 exponential     exp alone squared         1 - z 1/2, its square 1 + 1/2; slope 1/2 double softmax  u 2, exp 3,
//   log1p 4 (condition below 1) + 1; s 4.5, u' 4.5, product 1/2; curvature: that, and 7 of
//                   the bracket, of the sum of its terms without signs (it crosses 0 at the inflection point)
const std::map<std::string, Bounds> bounds = {{"squared", {exact_squared, 2, 0.5, 1}},
                                              {"squared_hinge", {exact_squared_hinge, 2, 0.5, 1}},
                                              {"logistic", {exact_logistic, 3.5, 2.5, 4}},
                                              {"exponential", {exact_exponential, 1, 1, 1}},
                                              {"double_softmax", {exact_double_softmax, 5, 9.5, 17}}};

struct Worst {
  WorstError value, slope, curvature;
};

Worst worst_of(const LossEntry& entry, const Bounds& bound) {
  Worst worst;
  for_margins([&](double z) {
    const ExactLoss exact = bound.exact(z);
    add_in_range(worst.value, entry.loss->value(z), exact.value, bound.value * unit * abs(exact.value));
    add_in_range(worst.slope, entry.loss->slope(z), exact.slope, bound.slope * unit * abs(exact.slope));
    add_in_range(worst.curvature, entry.loss->curvature(z), exact.curvature,
                 bound.curvature * unit * exact.curvature_scale);
  });
  return worst;
}

}  // namespace

TEST_CASE("every loss and both derivatives keep their relative accuracy over margins from -750 to 750") {
  for (const LossEntry& entry : losses()) {
    CAPTURE(entry.name);
    REQUIRE(bounds.contains(entry.name));
    const Worst worst = worst_of(entry, bounds.at(entry.name));
    CAPTURE(worst.value.worst());
    CAPTURE(worst.slope.worst());
    CAPTURE(worst.curvature.worst());
    CHECK((worst.value.holds() && worst.value.is_no_idle_bound()));
    CHECK((worst.slope.holds() && worst.slope.is_no_idle_bound()));
    const bool is_constant = entry.name.starts_with("squared");  // l'' = 1 is exact
    CHECK((worst.curvature.holds() && worst.curvature.is_no_idle_bound() != is_constant));
  }
}

TEST_CASE("what is as good on paper is not: log(1 + e^-z), 1 - 1/(1 + e^-z) and 1 - tanh^2 lose the tail") {
  WorstError logistic, slope, change;
  for_margins([&](double z) {
    const ExactLoss exact = exact_logistic(z);
    add_in_range(logistic, std::log(1 + std::exp(-z)), exact.value, 3.5 * unit * exact.value);
    add_in_range(slope, -(1 - 1 / (1 + std::exp(-z))), exact.slope, 2.5 * unit * abs(exact.slope));
    const double u = std::tanh(z / 2);
    const ExactLoss both = exact_double_softmax(z);
    add_in_range(change, -(1 - u * u) / 2 / (1 + std::exp(u)), both.slope, 9.5 * unit * abs(both.slope));
  });
  for (const WorstError& worst : {logistic, slope, change}) CHECK(worst.worst() > 1e6);
}
