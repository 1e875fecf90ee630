#pragma once
#include "analysis/frozen_optimum.h"
#include "sim/model/problem.h"

namespace lemmata::scenarios {

/// The problem in the FFN of one expert alone, with routing, gate probability, attention and output weights frozen, as
/// plain matrices for `analysis`: sum_k weight_k q_k l(y_k <w, c_k g_k>), g_k the design of all its heads stacked, c =
/// pi or 1. Samples that are not routed to the expert are left out.
/// @throws std::invalid_argument if the form is not linear in the FFN.
analysis::FrozenProblem frozen_problem(const sim::Problem& problem, const sim::Parameters& parameters,
                                       const sim::Routing& routing, Index expert, const std::string& loss, double l2);

/// The FFN weights of one expert, heads and neurons stacked as in frozen_problem.
Vector stacked_ffn(const sim::Architecture& architecture, const sim::Parameters& parameters, Index expert);

/// L* = inf over all FFN weights with attention and routing frozen, summed over the experts with load; without L2.
/// NaN where it cannot be certified.
double frozen_floor(const sim::Problem& problem, const sim::Parameters& parameters, const sim::Routing& routing,
                    const std::string& loss);

}  // namespace lemmata::scenarios
