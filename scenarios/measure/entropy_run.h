#pragma once
#include <string>
#include <vector>

#include "scenarios/configuration/scenario.h"
#include "scenarios/evidence/measurements.h"

// J21: attention of a one-layer transformer, followed through training on sequences that stay the same.
namespace lemmata::scenarios {

constexpr long probe_sequences = 16;

/// One curve, as often as the scenario records.
struct EntropyRun {
  std::vector<double> entropy;             ///< nat, of a token's attention weights, mean over the tokens of the probe
  std::vector<double> stable_rank;         ///< of the map into the FFN
  double loss_before = 0, loss_after = 0;  ///< nat, on the probe
};
void fields_of(EntropyRun& run, Fields& fields);

/// @param scenario  a transformer trained in one stage, recorded at equal distances.
/// Checked by: claim J21 and its controls.
EntropyRun entropy_run(const Scenario& scenario, long seed);

/// How far a curve falls below its start, and how far it ends above its lowest point.
struct DipAndRebound {
  double drop = 0, rebound = 0;
};
/// @throws std::invalid_argument on an empty curve.  NaN stays.
DipAndRebound dip_and_rebound(const std::vector<double>& curve);

}  // namespace lemmata::scenarios
