#pragma once
#include "theory/types.h"

// How fast one expert per class learns class_mixture at s = 0 under uniform attention with the gate frozen (mot.md
// section 6). The expert sees u = beta c_n + alpha y v_n + gamma eps v_n', so E[u u^T | n] has the eigenvalues alpha^2
// (v_n), beta^2 (c_n), gamma^2/(N-1) (each v_n', n' != n) and 0; the loss is a mean over all classes, hence 1/N in the
// gradient. Checked by: tests/theory/class_rate_test.cpp, against iterated descent on the enumerated population;
// tests/scenarios/class_rate_test.cpp, against the simulator; claim M5.
namespace lemmata::theory {

/// The amplitudes of one class_mixture: alpha, beta, gamma > 0, N >= 2. Each function refuses others.
struct MixtureAmplitudes {
  double alpha = 1, beta = 3, gamma = 0.5;
  Index classes = 3;
};

/// Smallest curvature of a class's second moment: min(alpha^2, beta^2, gamma^2/(N-1)).
double smallest_second_moment(const MixtureAmplitudes& mixture);

/// Smallest positive Hessian eigenvalue of the squared loss: lambda = min(alpha^2, beta^2, gamma^2/(N-1)) / N.
double smallest_curvature(const MixtureAmplitudes& mixture);

/// Rate per step of the squared loss (L* = 0 at w = v_n / alpha): -2 ln max_i |1 - eta lambda_i| over the three
/// eigenvalues, which is -2 ln(1 - eta lambda) for eta <= 2/(lambda_min + lambda_max). It needs no alpha = 1.
double squared_loss_rate(const MixtureAmplitudes& mixture, double learning_rate);

/// Logistic loss, plain descent: leading order of the steps to loss eps, N |M_n| / (eta alpha^2 eps).
///
/// The class's mass 1/N is split over |M_n| active experts, so z = alpha a obeys dz/dt = kappa / (1 + e^z) with
/// kappa = eta alpha^2 / (N |M_n|), which integrates to z + e^z = kappa t + const; loss = log(1 + e^-z) ~ e^-z ~
/// 1/(kappa t). The parts of w along c_n and v_n' decay as t^(-beta^2/alpha^2) and t^(-gamma^2/((N-1) alpha^2)) and do
/// not enter.
double logistic_descent_steps(const MixtureAmplitudes& mixture, double active_experts, double learning_rate,
                              double loss);

/// The same by the integral, from margin z_0 = start_margin: t = (e^z - e^z0 + z - z0)/kappa with e^-z = expm1(loss).
/// For w along v_n; the flow's time, which plain descent follows within a relative kappa.
double logistic_flow_steps(const MixtureAmplitudes& mixture, double active_experts, double learning_rate, double loss,
                           double start_margin);

/// Logistic loss, normalised descent along v_n: every step adds eta alpha to the margin, so that
/// t = (z - z_0)/(eta alpha) with e^-z = expm1(loss); leading order ln(1/loss)/(eta alpha). N and |M_n| drop out.
double normalized_descent_steps(const MixtureAmplitudes& mixture, double learning_rate, double loss,
                                double start_margin);

/// Logistic lambda_min / L of a class's own loss at equal margins (w = a v_n):
///   min(alpha^2, beta^2, gamma^2/(N-1)) e^-L (1 - e^-L) / L  ->  min(alpha^2, beta^2, gamma^2/(N-1)) as L -> 0,
/// since l'' = p (1 - p) with 1 - p = e^-L. So there is no strong convexity left as the loss falls (M5).
double logistic_curvature_ratio(const MixtureAmplitudes& mixture, double loss);

}  // namespace lemmata::theory
