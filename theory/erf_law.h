#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// One hidden node, linear activation, exponential attention and a stationary upstream gradient, Delta = E[g x]:
///
///   dv_l/dt = Delta_l exp(z_l/T)/A,  dz_l/dt = v_l Delta_l exp(z_l/T)/(A T),  v(0) = z(0) = 0.
/// Then dz/dt = v dv/dt / T, so z = v^2/(2T) and exp(-v^2/(2 T^2)) dv = Delta dt/A; the integral of the left side is
/// T sqrt(pi/2) erf(v/(sqrt2 T)), hence
///
///   v_l(t) = sqrt2 T erfinv( sqrt(2/pi) Delta_l t/(A T) ),   z_l = v_l^2/(2T).
///
/// @param delta          Delta, (component), finite.
/// @param time           0 <= t < erf_law_blow_up_time.
/// @param normalisation  A > 0.
/// @param temperature    T > 0.
/// @return v(t), (component). Its relative error is about 1e-15 / (1 - t/t*): the end of the time is ill-conditioned.
/// @throws std::invalid_argument on anything else.
/// Source: arXiv 2310.00535, Theorem 2, whose form with erf(v/2) is not a solution (joma.md, Theorem 2); T and A added.
/// Checked by: tests/theory/joma_laws_test.cpp; claim J8.
Vector erf_law(const Vector& delta, double time, double normalisation, double temperature);

/// t* = A T sqrt(pi/2) / max_l |Delta_l|, where erf reaches 1 for the largest |Delta|; infinite if all are 0.
/// @throws std::invalid_argument as erf_law.
double erf_law_blow_up_time(const Vector& delta, double normalisation, double temperature);

/// v(t*) = sqrt2 T erfinv(Delta_l / max |Delta|), +-infinity for the winners, the components with |Delta_l| = max
/// |Delta|. @throws std::invalid_argument as erf_law, and if every Delta is 0.
Vector erf_law_end(const Vector& delta, double temperature);

/// The law from any v(0) with z_l(0) = v_l(0)^2/(2T), the same invariant:
///   erf(v_l/(sqrt2 T)) = erf(v_l(0)/(sqrt2 T)) + sqrt(2/pi) Delta_l t/(A T).
/// For z(0) = 0 instead, replace Delta_l by Delta_l exp(-v_l(0)^2/(2 T^2)).
/// @param start  v(0), (component), finite. @throws std::invalid_argument as erf_law.
Vector erf_law_from(const Vector& delta, const Vector& start, double time, double normalisation, double temperature);

/// When it blows up: the least over l of A T sqrt(pi/2) erfc(sign(Delta_l) v_l(0)/(sqrt2 T))/|Delta_l|.
double erf_law_blow_up_time_from(const Vector& delta, const Vector& start, double normalisation, double temperature);

}  // namespace lemmata::theory
