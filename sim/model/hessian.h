#pragma once
#include "sim/model/problem.h"

namespace lemmata::sim {

/// Exact Hessian-vector product of the training loss (without L2) in the ffn and attention blocks, with routing
/// weights, gate and output weights held fixed: d/de grad L(theta + e direction) at e = 0, by differentiating forward
/// and backward.
/// @param direction  only its ffn and attention are read.
/// @param expert     restrict to the terms of one expert (whose blocks alone then move), or -1 for all.
/// @return a Parameters whose gate and output are zero.
/// At a kink of the activation or of the loss the second derivative of the flat side is used.
/// Checked by: tests/sim/hessian_test.cpp.
Parameters hessian_vector_product(const Problem& problem, const Parameters& parameters, const Routing& routing,
                                  const Parameters& direction, Index expert = -1);

/// Exact Hessian of the training loss (without L2) in the FFN of one unit, columns of the slice stacked.
/// @return (feature * neuron, feature * neuron), symmetric.
Matrix ffn_hessian(const Problem& problem, const Parameters& parameters, const Routing& routing, Index unit);

/// Exact Hessian of the training loss (without L2) in one attention matrix Q, stacked by columns.
/// @return (feature^2, feature^2), symmetric.
Matrix attention_hessian(const Problem& problem, const Parameters& parameters, const Routing& routing, Index attention);

/// Largest slice, in numbers, for which a dense Hessian block is formed.
inline constexpr Index largest_hessian = 2000;

}  // namespace lemmata::sim
