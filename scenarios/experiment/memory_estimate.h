#pragma once
#include <algorithm>
#include <span>
#include <string>

#include "scenarios/configuration/scenario.h"
#include "sim/config.h"

namespace lemmata::scenarios {

/// Sizes of an experiment, and the bytes that training it keeps at once.
struct MemoryEstimate {
  double samples = 0, heldout = 0;   ///< counts; doubles, because settings may ask for more than fits an integer
  double data_bytes = 0;             ///< tokens, labels, weights and kinds of both sets
  double parameter_bytes = 0;        ///< one copy of all blocks
  double training_bytes = 0;         ///< initial values, gradient and the optimisers' memory
  double routing_bytes = 0;          ///< of samples and experts: logits, probabilities, weights, outputs, signals
  double hessian_bytes = 0;          ///< of the largest block that Newton's method trains, with its solver
  double record_bytes = 0;           ///< of the recorded metric that holds most, where it says so
  double total_bytes() const {
    return data_bytes + parameter_bytes + training_bytes + routing_bytes + std::max(hessian_bytes, record_bytes);
  }
};

/// Samples that training sees.
double sample_count(const sim::DataConfig& data);

/// @param config  as simulated; for data from a file, with data.samples, sampling `random` and heldout set to its
/// sizes.
/// @param recorded  names of metrics.
/// Checked by: tests/scenarios/experiment_test.cpp, against the sizes of the real objects; memory_test.py, against the
/// peak of the program.
MemoryEstimate memory_estimate(const sim::Config& config, std::span<const std::string> recorded);

/// 1536 -> "1.5 KiB".
std::string bytes_in_words(double bytes);

/// Physical memory of this machine in bytes, 0 if unknown.
double machine_memory();

/// False if it is known to be more than this machine has, or NaN.
bool fits_in_memory(double bytes);

/// Bytes of one run of a scenario, of any system.
/// @param config  of a mixture, as above.
double memory_bytes(const Scenario& scenario, const sim::Config& config);

/// @throws InputError if so many bytes are more than this machine has.
void require_memory(const Scenario& scenario, double bytes);

}  // namespace lemmata::scenarios
