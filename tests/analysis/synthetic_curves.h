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
