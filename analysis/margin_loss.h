#pragma once
#include <string_view>

namespace lemmata::analysis {

/// The four losses of the margin z = y F (contract.md), written here independently of the simulator.
enum class MarginLoss { squared, squared_hinge, logistic, exponential };

/// By the name of the settings: "squared", "squared_hinge", "logistic", "exponential".
/// @throws std::invalid_argument on any other name.
MarginLoss margin_loss(std::string_view name);

/// l(z): (1-z)^2/2, max(0, 1-z)^2/2, log(1 + e^-z), e^-z. Logistic and exponential are relatively accurate to 1e-300.
double loss_value(MarginLoss loss, double margin);

/// l'(z), with the same relative accuracy in the tails.
double loss_slope(MarginLoss loss, double margin);

/// l''(z); for the squared hinge 1 below the kink at z = 1, and 0 at and above it.
double loss_curvature(MarginLoss loss, double margin);

/// Bregman divergence l(z + change) - l(z) - l'(z) change >= 0, to a relative accuracy of about 1e-14 however small
/// `change` is: with p = -l'(z) the logistic one is [log1p(x) - x] + p [expm1(-change) + change], x = p expm1(-change),
/// each bracket by its series near 0 (and by l(z) = l(-z) - z where p > 1/2, so that the two brackets do not cancel);
/// the plain difference for change < -1.
/// Checked by: tests/analysis/margin_loss_test.cpp, precision_test.cpp against 50-digit arithmetic.
double loss_divergence(MarginLoss loss, double margin, double change);

}  // namespace lemmata::analysis
