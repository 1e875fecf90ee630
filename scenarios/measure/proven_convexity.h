#pragma once
#include <optional>
#include <vector>

#include "analysis/convexity_proof.h"
#include "scenarios/measure/frozen_stage.h"

// Strong convexity of every expert's subtask in stage III, proven in ball arithmetic from the doubles that a run holds
// (claim M5).
namespace lemmata::scenarios {

/// One expert's subtask with attention and gate as stage II left them, and where its weights went in stage III.
struct ExpertPath {
  analysis::ExactSubtask subtask;
  analysis::WeightBox box;   ///< the smallest one that holds every step of stage III, so also the path's convex hull
  double curvature_min = 0;  ///< floating point: lambda_min on V of the least Hessian, of which a proof is tried
  double curvature_start = 0, curvature_end = 0;  ///< the same of the Hessian at both ends of the path
};

/// Stage III of one seed as a proof needs it.
struct StagePaths {
  long seed = 0;
  bool exactly_pure = false;        ///< is_exactly_pure at the end of stage II
  std::vector<ExpertPath> experts;  ///< those with load
};

/// Trains stages I and II of a scenario, then stage III by its own optimiser on the FFN alone.
/// @param on_box  the least Hessian over the box of the path; false: over every w (only squared loss has one > 0).
/// @throws std::invalid_argument for a model that ExactSubtask does not describe (a gated kind with linear experts of
/// one neuron and one head, softmax attention, expected routing by the tokens, combine `one`).
/// Checked by: tests/scenarios/proven_convexity_test.cpp.
StagePaths stage_paths(const Scenario& scenario, long seed, bool on_box);

/// What a proof starts from; `seed` is left to whoever reads it back.
void fields_of(StagePaths& paths, Fields& fields);

/// How a constant is chosen, before anything is proven: mu = factor * curvature_min + shift; and for which loss and
/// set.
struct ProofRule {
  double factor = 0.99, shift = 0;
  bool on_box = false;                                      ///< else every w
  std::optional<analysis::MarginLoss> loss = std::nullopt;  ///< in place of the subtask's own
};

/// One constant and what became of it.
struct ExpertProof {
  double modulus = 0;
  analysis::ConvexityProof proof;
};
using StageProofs = std::vector<ExpertProof>;  ///< one per expert of a StagePaths

/// @throws std::invalid_argument if a constant comes out <= 0 or is not finite.
StageProofs stage_proofs(const StagePaths& paths, const ProofRule& rule);

/// Supported if there are proofs and every one stands, else inconclusive: what is not proven is not refuted.
/// Checked by: tests/scenarios/proven_convexity_test.cpp.
Verdict proven_verdict(const std::vector<StageProofs>& seeds);

}  // namespace lemmata::scenarios
