#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/law_fit.h"

/// A curve whose law is known.
struct SyntheticCurve {
  std::vector<double> time, value;
  lemmata::analysis::Law truth = lemmata::analysis::Law::inconclusive;  ///< inconclusive: follows neither law
  double parameter = 0;                                                 ///< slowest rate or exponent
  double decades =
      0;  ///< by which the noise-free excess over the floor falls, after the transient, above the floor's noise
  std::string kind;  ///< for messages
};

/// The curve number `index` of a family of seeds. Five of six follow a law (exponentials, sums of 2-5, powers 0.5-2
/// with offset), with or without floor, transient, and 2 % noise (independent or AR(1)); log-spaced or uniform times.
/// One of six follows neither.
SyntheticCurve synthetic_curve(std::uint64_t family, std::uint64_t index);

/// A clean curve that ends in one exponential alone. Two of three: sum_k a_k exp(-rate_k t) of 10-20 rates over a
/// factor of up to 72, a_k over 4 decades; the slowest 1-3 agree to 1e-7 ... 1e-2, then a gap such that (next -
/// slowest) x last time lies in [20, 60]; y falls by 8-250 decades, exactly, with noise of 1e-6, or with L* wrong by
/// 1e-4 of the last value. One of three: loss sum_k log(1 + exp(-f_k w_k)) of 2-6 margins under gradient descent with
/// normalised gradient, whose rate settles to learning_rate / sqrt(sum_k f_k^-2). Log-spaced (50 or 60 a decade) or 400
/// uniform times.
SyntheticCurve settling_curve(std::uint64_t family, std::uint64_t index);

/// A clean curve, falling by 4-200 decades, which is near an exponential but none: stretched (0.3-0.9), compressed
/// (1.1-2.5), exp(-log^2 t), t^-p exp(-r t) and exp(-r t - c sqrt t) whose local rate changes by 8 % or more over the
/// last half, exp(-t/log t), a product and a sum of two stretched, ripples. Always Law::inconclusive; times as in
/// settling_curve.
SyntheticCurve near_exponential_curve(std::uint64_t family, std::uint64_t index);
