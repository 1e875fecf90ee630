#include "theory/node_growth.h"

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

namespace {

void require_mu(double mu) {
  if (!(std::abs(mu) <= 26)) throw std::invalid_argument("mu: found " + std::to_string(mu) + ", allowed: |mu| <= 26");
}

// (exp(-mu^2 (1-s)^2/2) - exp(-mu^2/2))/s, without cancellation where both are close: the exponents differ by
// mu^2 s (1 - s/2).
double excess(double mu, double s) {
  const double square = mu * mu, rise = square * s * (1 - s / 2);
  if (s == 0) return square * std::exp(-square / 2);
  if (rise < 1) return std::exp(-square / 2) * std::expm1(rise) / s;
  return (std::exp(-square * (1 - s) * (1 - s) / 2) - std::exp(-square / 2)) / s;
}

// int_low^1 of the excess, in pieces so short that the Gaussian at s = 1, of width 1/mu, is smooth in each.
double excess_integral(double mu, double low) {
  const int pieces = std::max(1, static_cast<int>(std::ceil(2 * std::abs(mu))));
  double sum = 0;
  for (int i = 0; i < pieces; ++i) {
    const double from = low + (1 - low) * i / pieces, to = low + (1 - low) * (i + 1) / pieces;
    sum += boost::math::quadrature::gauss_kronrod<double, 61>::integrate([mu](double s) { return excess(mu, s); }, from,
                                                                         to, 5, 1e-14);
  }
  return sum;
}

}  // namespace

double growth_constant(double mu) {
  require_mu(mu);
  return excess_integral(mu, 0);
}

double growth_time(double mu, double log_gap) {
  require_mu(mu);
  if (!(log_gap >= 0) || !std::isfinite(log_gap))
    throw std::invalid_argument("log_gap: found " + std::to_string(log_gap) + ", allowed: a number >= 0");
  return std::exp(-mu * mu / 2) * log_gap + excess_integral(mu, std::exp(-log_gap));
}

double growth_ratio(double mu_j, double mu_k) {
  require_mu(mu_j);
  require_mu(mu_k);
  return std::exp((mu_j - mu_k) * (mu_j + mu_k) / 2);
}

double growth_correction(double mu_j, double mu_k, double log_gap_k) {
  if (!(log_gap_k > 0))
    throw std::invalid_argument("log_gap_k: found " + std::to_string(log_gap_k) + ", allowed: a number > 0");
  return (growth_constant(mu_k) - growth_constant(mu_j)) * std::exp(mu_k * mu_k / 2) / log_gap_k;
}

double linear_growth_ratio(double mu_j, double mu_k, double invariant) {
  if (!(invariant >= 0)) throw std::invalid_argument("invariant: allowed: a number >= 0");
  const double speed_j = std::sqrt(mu_j * mu_j + invariant), speed_k = std::sqrt(mu_k * mu_k + invariant);
  if (!(speed_k > 0) || !std::isfinite(speed_j) || !std::isfinite(speed_k))
    throw std::invalid_argument("mu: allowed: finite numbers, mu_k^2 + c > 0");
  return speed_j / speed_k;
}

}  // namespace lemmata::theory
