#pragma once
#include "scenarios/measure/proven_convexity.h"

namespace lemmata::scenarios {

/// What is to be proven: for every expert of every exactly pure seed a constant of strong convexity along V.
struct ProvenSetting {
  Scenario scenario;
  std::vector<long> seeds;  ///< of which the exactly pure ones are scored
  bool on_path = false;     ///< on the box of the path of stage III; else on every w (squared loss)
};

/// Fills `evidence`: level `proven` if every proof stands, else verdict inconclusive with what is missing. Stores every
/// number the proofs start from, so that others can prove or refute them with their own arithmetic.
/// Checked by: tests/scenarios/proof_test.py.
void check_proven_convexity(CheckContext& context, Evidence& evidence, const ProvenSetting& setting);

}  // namespace lemmata::scenarios
