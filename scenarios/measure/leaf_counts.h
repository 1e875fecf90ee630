#pragma once
#include <vector>

#include "scenarios/evidence/measurements.h"
#include "sim/tree/latent_tree.h"
#include "sim/types.h"

// Samples of a latent tree, counted: how often another leaf is 1 when leaf 0 is, by the levels up at which they meet.
namespace lemmata::scenarios {

/// Counts of independent samples; one pair of leaves per level, so that given `condition` each of `both` is binomial.
struct LeafCounts {
  long samples = 0, condition = 0;  ///< condition: samples with leaf 0 equal to 1
  std::vector<long> both;           ///< and leaf_at(H) too, H = 1..L
};
void fields_of(LeafCounts& counts, Fields& fields);

/// Adds the samples first, ..., first + count - 1 of a seed; sample i is a stream of its own, so they may be added in
/// any portions.
void add_samples(const sim::LatentTree& tree, std::uint64_t seed, long first, long count, LeafCounts& counts);

/// The sum over seeds.
LeafCounts pooled(const std::vector<LeafCounts>& counts);

/// P(leaf_at(H) = 1 | leaf 0 = 1), H = 1..L: share of the samples, by message passing, and by Theorem 5 with the mean
/// rho_0 given (sum_k P(k) (2 P(0|k) - 1), or the literal one that is refuted).
Vector sampled_cooccurrence(const LeafCounts& counts);
Vector exact_cooccurrence(const sim::LatentTree& tree);
enum class RootMean { signed_mean, literal };
Vector predicted_cooccurrence(const sim::LatentTreeConfig& config, RootMean mean = RootMean::signed_mean);

/// sqrt(p (1 - p) / condition) of every share.
Vector standard_errors(const Vector& probability, const LeafCounts& counts);

}  // namespace lemmata::scenarios
