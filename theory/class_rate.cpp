#include "theory/class_rate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

namespace {

void require_positive(const char* name, double value) {
  if (!(value > 0 && std::isfinite(value))) {
    throw std::invalid_argument(std::string(name) + ": found " + std::to_string(value) + ", allowed: a number > 0");
  }
}

void require_valid(const MixtureAmplitudes& mixture) {
  require_positive("alpha", mixture.alpha);
  require_positive("beta", mixture.beta);
  require_positive("gamma", mixture.gamma);
  if (mixture.classes < 2)
    throw std::invalid_argument("classes: found " + std::to_string(mixture.classes) + ", allowed: an integer >= 2");
}

double distractor_moment(const MixtureAmplitudes& mixture) {
  return mixture.gamma * mixture.gamma / static_cast<double>(mixture.classes - 1);
}

/// e^z at which log(1 + e^-z) = loss.
double odds_at_loss(double loss) { return 1 / std::expm1(loss); }

/// kappa = eta alpha^2 / (N |M_n|).
double margin_speed(const MixtureAmplitudes& mixture, double active_experts, double learning_rate) {
  require_valid(mixture);
  require_positive("active_experts", active_experts);
  require_positive("learning_rate", learning_rate);
  return learning_rate * mixture.alpha * mixture.alpha / (static_cast<double>(mixture.classes) * active_experts);
}

}  // namespace

double smallest_second_moment(const MixtureAmplitudes& mixture) {
  require_valid(mixture);
  return std::min({mixture.alpha * mixture.alpha, mixture.beta * mixture.beta, distractor_moment(mixture)});
}

double smallest_curvature(const MixtureAmplitudes& mixture) {
  return smallest_second_moment(mixture) / static_cast<double>(mixture.classes);
}

double squared_loss_rate(const MixtureAmplitudes& mixture, double learning_rate) {
  require_valid(mixture);
  require_positive("learning_rate", learning_rate);
  double rate = std::numeric_limits<double>::infinity();
  for (const double moment : {mixture.alpha * mixture.alpha, mixture.beta * mixture.beta, distractor_moment(mixture)}) {
    const double p = learning_rate * moment / static_cast<double>(mixture.classes);
    rate = std::fmin(rate, p < 1 ? -2 * std::log1p(-p) : -2 * std::log(p - 1));
  }
  return rate;
}

double logistic_descent_steps(const MixtureAmplitudes& mixture, double active_experts, double learning_rate,
                              double loss) {
  require_positive("loss", loss);
  return 1 / (margin_speed(mixture, active_experts, learning_rate) * loss);
}

double logistic_flow_steps(const MixtureAmplitudes& mixture, double active_experts, double learning_rate, double loss,
                           double start_margin) {
  require_positive("loss", loss);
  const double odds = odds_at_loss(loss);
  const double way = odds - std::exp(start_margin) + std::log(odds) - start_margin;
  return way / margin_speed(mixture, active_experts, learning_rate);
}

double normalized_descent_steps(const MixtureAmplitudes& mixture, double learning_rate, double loss,
                                double start_margin) {
  require_valid(mixture);
  require_positive("learning_rate", learning_rate);
  require_positive("loss", loss);
  return (std::log(odds_at_loss(loss)) - start_margin) / (learning_rate * mixture.alpha);
}

double logistic_curvature_ratio(const MixtureAmplitudes& mixture, double loss) {
  require_positive("loss", loss);
  return smallest_second_moment(mixture) * std::exp(-loss) * (-std::expm1(-loss) / loss);
}

}  // namespace lemmata::theory
