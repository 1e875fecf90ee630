#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/types.h"

namespace lemmata::sim {

/// What a gate needs besides the logits. The noise of sample k for expert i at a step is number (k, i) of the stream
/// (seed, routing, step), so a draw does not depend on threads or on what else was drawn.
struct GateContext {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  double noise = 1;  ///< nu > 0
  const Matrix* recorded_noise =
      nullptr;  ///< draws r (expert, sample) in [0, nu] to use in place of random ones, or null
};

/// Turns gate logits into routing weights.
class Gate {
 public:
  virtual ~Gate() = default;
  /// @param logits   h (expert, sample).
  /// @param routing  q (expert, sample), overwritten: >= 0, columns sum to 1.
  virtual void route(const Matrix& logits, const GateContext& context, Matrix& routing) const = 0;
  /// The draws r (expert, sample) that `route` adds to the logits in this context; empty for a gate without draws.
  virtual Matrix draws(Index, Index, const GateContext&) const { return {}; }
};

/// Declarations are verified for every entry by tests/sim/gate_test.cpp.
struct GateEntry {
  std::string name, description, source;
  const Gate* gate;
  bool deterministic;    ///< q does not depend on seed and step
  bool differentiable;   ///< q is a continuous, almost everywhere differentiable function of the logits
  bool shift_invariant;  ///< q unchanged when a constant is added to all logits of a sample
  bool batch_dependent;  ///< q of a sample depends on the other samples
};

std::span<const GateEntry> gates();

/// @throws ConfigError("model.gate.routing", ...) on an unknown name.
const GateEntry& gate_named(const std::string& name);

/// The noise-free assignment: argmax over experts, the lowest index winning a tie. (sample)
std::vector<Index> argmax_expert(const Matrix& logits);

}  // namespace lemmata::sim
