#pragma once
#include <string>
#include <vector>

#include "scenarios/evidence/measurements.h"
#include "sim/corpus/synthetic.h"

// J21: attention of a one-layer transformer on the synthetic corpus, followed through training.
namespace lemmata::scenarios {

/// Model and training: fresh sequences at each step, Adam on every block.
struct EntropyTask {
  sim::SyntheticConfig data;
  std::string activation = "relu";
  long dimension = 64, sequences = 8, steps = 800;
  double learning_rate = 3e-3, embedding_std = 1;
};

constexpr long entropy_every = 10,
               probe_sequences = 16;  ///< steps between records; sequences that are never trained on

/// One curve, every `entropy_every` steps and at both ends.
struct EntropyRun {
  std::vector<double> entropy;             ///< nat, of a token's attention weights, mean over the tokens of the probe
  std::vector<double> stable_rank;         ///< of the map into the FFN
  double loss_before = 0, loss_after = 0;  ///< nat, on the probe
};
void fields_of(EntropyRun& run, Fields& fields);

/// Checked by: claim J21 and its controls.
EntropyRun entropy_run(const EntropyTask& task, long seed);

/// How far a curve falls below its start, and how far it ends above its lowest point.
struct DipAndRebound {
  double drop = 0, rebound = 0;
};
/// @throws std::invalid_argument on an empty curve.  NaN stays.
DipAndRebound dip_and_rebound(const std::vector<double>& curve);

}  // namespace lemmata::scenarios
