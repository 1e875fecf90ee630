#pragma once

namespace lemmata::theory {

// Theorem 4: how fast v reaches its target in the reduced model with exponential attention,
//
//   dv/dt = (mu - v) exp(v^2/2),   v(0) = 0,   delta = 1 - v/mu.
// d ln(delta)/dt = -exp(mu^2 (1 - delta)^2/2), so t = int_delta^1 exp(-mu^2 (1-s)^2/2) ds/s. Splitting off the
// integrand at s = 0, with c(mu) = int_0^1 (exp(-mu^2 (1-s)^2/2) - exp(-mu^2/2)) ds/s,
//
//   t = exp(-mu^2/2) ln(1/delta) + c(mu) - int_0^delta (exp(-mu^2 (1-s)^2/2) - exp(-mu^2/2)) ds/s.
// The last term is exp(-mu^2/2) mu^2 delta to first order. Without it ln(1/delta) = exp(mu^2/2) (t - c), and for two
// components at one time
//
//   ln(1/delta_j)/ln(1/delta_k) = exp((mu_j^2 - mu_k^2)/2) (1 + Lambda_jk),
//   Lambda_jk = (c(mu_k) - c(mu_j)) exp(mu_k^2/2) / ln(1/delta_k).
// The sign of mu does not matter. Source: arXiv 2310.00535, Theorem 4; joma.md, Theorems 3 and 4.
// Checked by: tests/theory/node_growth_test.cpp (mpmath, the exact time, series at small mu); claims J14 and J15.

/// c(mu), relatively accurate to 1e-12. @param mu  |mu| <= 26: beyond, exp(mu^2/2) is no number that times are measured
/// in. @throws std::invalid_argument.
double growth_constant(double mu);

/// t(delta), exactly (quadrature to 1e-12): when ln(1/delta) = `log_gap`.
/// @param log_gap  >= 0. @throws std::invalid_argument.
double growth_time(double mu, double log_gap);

/// exp((mu_j^2 - mu_k^2)/2), the leading factor.
double growth_ratio(double mu_j, double mu_k);

/// Lambda_jk. @param log_gap_k  ln(1/delta_k) > 0. @throws std::invalid_argument.
double growth_correction(double mu_j, double mu_k, double log_gap_k);

/// Linear attention in place of exponential, dv/dt = (mu - v) sqrt(v^2 + c): d ln(delta)/dt tends to -sqrt(mu^2 + c),
/// so the ratio of ln(1/delta) tends to sqrt(mu_j^2 + c)/sqrt(mu_k^2 + c): a polynomial gap in place of an exponential
/// one. @param invariant  c >= 0. @throws std::invalid_argument also if the denominator is 0.
double linear_growth_ratio(double mu_j, double mu_k, double invariant);

}  // namespace lemmata::theory
