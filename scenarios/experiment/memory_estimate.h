#pragma once
#include <string>
#include <vector>

#include "sim/config.h"

namespace lemmata::scenarios {

/// Sizes of an experiment, and the bytes that training it keeps at once.
struct MemoryEstimate {
  double samples = 0, heldout = 0;   ///< counts; doubles, because settings may ask for more than fits an integer
  double data_bytes = 0;             ///< tokens, labels, weights and kinds of both sets
  double parameter_bytes = 0;        ///< one copy of all blocks
  double training_bytes = 0;         ///< initial values, gradient and the optimisers' memory
  double routing_bytes = 0;          ///< logits, probabilities, weights, outputs and gate signals
  double total_bytes() const { return data_bytes + parameter_bytes + training_bytes + routing_bytes; }
};

/// @param config  as simulated; for data from a file, with data.samples, sampling `random` and heldout set to its
/// sizes. Checked by: tests/scenarios/experiment_test.cpp, against the sizes of the real objects.
MemoryEstimate memory_estimate(const sim::Config& config);

/// 1536 -> "1.5 KiB".
std::string bytes_in_words(double bytes);

/// Physical memory of this machine in bytes, 0 if unknown.
double machine_memory();

/// False if it is known to be more than this machine has, or NaN.
bool fits_in_memory(double bytes);

}  // namespace lemmata::scenarios
