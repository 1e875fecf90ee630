#pragma once
#include <memory>
#include <vector>

#include "sim/config.h"
#include "sim/model/problem.h"
#include "theory/class_mixture.h"

// The world of the closed forms (Lemma 1, Prop. 2): one expert per class, specialised by hand, on the simulator's own
// model.
namespace lemmata::scenarios {

/// A model with one linear expert per class: w_n = amplitude v_n, Q = 0 (uniform attention), gate 0.
struct OracleExperts {
  sim::Architecture architecture;
  sim::Parameters parameters;
};

/// @param model         kind and form; the number of experts becomes that of the classes.
/// @param label_signal  v_n, (class, feature).
/// @throws std::invalid_argument unless the model has a gate, one neuron per expert and an attention of each expert's
/// own.
OracleExperts oracle_experts(sim::ModelConfig model, const Matrix& label_signal, double amplitude);

/// Every sample to the expert of its class: q (class, sample) in {0, 1}, gate probability 1.
sim::Routing routing_by_class(const sim::Dataset& data);

/// The data law as numbers for `theory`, signals as generated.
/// @throws std::invalid_argument on amplitudes that are not fixed (theory itself refuses signals that are not
/// orthonormal).
theory::ClassMixture mixture_of(const sim::DataConfig& config, const sim::Dataset& data);

/// A draw of the law whatever the sampling: `enumerated` with so many replicates, stream `step` of the seed.
std::shared_ptr<const sim::Dataset> enumerated_samples(sim::DataConfig config, long replicates, std::uint64_t seed,
                                                       std::uint64_t step);

/// All tuples with 2 d (L - 3) noise draws that have EXACTLY the moments of N(0, s^2 I) up to the second (and the odd
/// ones): one noise token is +- s sqrt(d (L-3)) e_i, the others 0. Means of anything at most quadratic in the noise, or
/// cubic and odd in y otherwise, are then population means up to rounding. At s = 0 or L = 3 the plain enumeration.
/// @throws std::invalid_argument as `mixture_of`.
/// Checked by: tests/scenarios/claims89_test.cpp.
std::shared_ptr<const sim::Dataset> moment_matched_samples(const sim::DataConfig& config);

/// l(z) = -z: under it -dL/dQ is the mean of y df/dQ itself, by the simulator's own backward pass.
const sim::Loss& negative_margin();

/// -dL_n/dQ_n for every class n, the mean over that class alone. @return per class (key feature, query feature).
std::vector<Matrix> attention_descent(const OracleExperts& oracle, const std::shared_ptr<const sim::Dataset>& data,
                                      const sim::Loss& loss);

}  // namespace lemmata::scenarios
