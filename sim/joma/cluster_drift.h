#pragma once
#include <cstdint>

#include "sim/types.h"

namespace lemmata::sim {

/// A sample mean with its standard error, component by component.
struct DriftEstimate {
  Vector mean, standard_error;  ///< (dimension)
};

/// E[g h' x] of one ReLU node by direct simulation: x = xbar_j + sigma eta, eta ~ N(0, I), h' = 1[v.x + xi > 0], the
/// kink counting as 0 as everywhere; `samples` draws in every cluster, weighted by a_j = E[g | j] P(j).
/// The standard error is that of the stratified mean, sqrt(sum_j a_j^2 s_j^2/n), s_j^2 the unbiased variance in cluster
/// j.
/// @param v  (dimension). @param bias  xi. @param centres  xbar, (dimension, cluster). @param weight  a, (cluster).
/// @param sigma  > 0. @param samples  n >= 2. @param seed  of the draws; cluster j has stream j of Purpose::data.
/// @throws ConfigError on shapes that disagree, sigma or samples.
/// Source: joma.md, Theorems 3 and 4. Checked by: tests/sim/cluster_drift_test.cpp; claim J16.
DriftEstimate simulated_relu_drift(const Vector& v, double bias, const Matrix& centres, const Vector& weight,
                                   double sigma, long samples, std::uint64_t seed);

}  // namespace lemmata::sim
