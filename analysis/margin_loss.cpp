#include "analysis/margin_loss.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::analysis {

namespace {

/// 1 / (1 + e^z), relatively accurate for every z.
double logistic_tail(double z) {
  if (z > 0) {
    const double e = std::exp(-z);
    return e / (1 + e);
  }
  return 1 / (1 + std::exp(z));
}

double logistic_value(double z) { return z > 0 ? std::log1p(std::exp(-z)) : std::log1p(std::exp(z)) - z; }

/// expm1(x) - x >= 0: the Taylor series sum_{n >= 2} x^n / n! near 0, where the difference cancels.
double expm1_minus(double x) {
  if (!(std::abs(x) < 0.5)) return std::expm1(x) - x;
  double term = x * x / 2, sum = 0;
  for (int n = 3; n < 20; ++n) {  // 0.5^17 / 19! is far below 1e-17
    sum += term;
    term *= x / n;
  }
  return sum;
}

/// log1p(x) - x <= 0: the series sum_{n >= 2} -(-x)^n / n near 0, where the difference cancels.
double log1p_minus(double x) {
  if (!(std::abs(x) < 0.3)) return std::log1p(x) - x;
  double power = x * x, sum = 0;
  for (int n = 2; n < 34; ++n) {  // 0.3^32 is below 1e-16
    sum -= power / n;
    power *= -x;
  }
  return sum;
}

/// Bregman divergence of log(1 + e^-z); exact for p <= 1/2, mirrored (l(z) = l(-z) - z) otherwise.
double logistic_divergence(double margin, double change) {
  if (margin < 0) return logistic_divergence(-margin, -change);
  const double p = logistic_tail(margin);
  // Here the brackets, of size p e^-change, would cancel, and the plain difference loses a digit at most.
  if (change < -1) return logistic_value(margin + change) - logistic_value(margin) + p * change;
  return log1p_minus(p * std::expm1(-change)) + p * expm1_minus(-change);
}

/// Bregman divergence of max(0, 1-z)^2/2, case by case so that nothing cancels.
double hinge_divergence(double margin, double change) {
  const double shortfall = 1 - margin;
  if (shortfall <= 0) {
    const double below = std::fmax(0, shortfall - change);
    return below * below / 2;
  }
  if (change < shortfall) return change * change / 2;
  return shortfall * (change - shortfall / 2);
}

}  // namespace

MarginLoss margin_loss(std::string_view name) {
  if (name == "squared") return MarginLoss::squared;
  if (name == "squared_hinge") return MarginLoss::squared_hinge;
  if (name == "logistic") return MarginLoss::logistic;
  if (name == "exponential") return MarginLoss::exponential;
  throw std::invalid_argument("loss: found " + std::string(name) +
                              ", allowed: squared, squared_hinge, logistic, exponential");
}

double loss_value(MarginLoss loss, double margin) {
  switch (loss) {
    case MarginLoss::squared:
      return (1 - margin) * (1 - margin) / 2;
    case MarginLoss::squared_hinge:
      return margin < 1 ? (1 - margin) * (1 - margin) / 2 : 0 * margin;  // NaN stays NaN
    case MarginLoss::exponential:
      return std::exp(-margin);
    case MarginLoss::logistic:
      break;
  }
  return logistic_value(margin);
}

double loss_slope(MarginLoss loss, double margin) {
  switch (loss) {
    case MarginLoss::squared:
      return margin - 1;
    case MarginLoss::squared_hinge:
      return margin < 1 ? margin - 1 : 0 * margin;
    case MarginLoss::exponential:
      return -std::exp(-margin);
    case MarginLoss::logistic:
      break;
  }
  return -logistic_tail(margin);
}

double loss_curvature(MarginLoss loss, double margin) {
  switch (loss) {
    case MarginLoss::squared:
      return 1;
    case MarginLoss::squared_hinge:
      return margin < 1 ? 1 : 0;
    case MarginLoss::exponential:
      return std::exp(-margin);
    case MarginLoss::logistic:
      break;
  }
  return logistic_tail(margin) * logistic_tail(-margin);
}

double loss_divergence(MarginLoss loss, double margin, double change) {
  switch (loss) {
    case MarginLoss::squared:
      return change * change / 2;
    case MarginLoss::squared_hinge:
      return hinge_divergence(margin, change);
    case MarginLoss::exponential:
      return std::exp(-margin) * expm1_minus(-change);
    case MarginLoss::logistic:
      break;
  }
  return logistic_divergence(margin, change);
}

}  // namespace lemmata::analysis
