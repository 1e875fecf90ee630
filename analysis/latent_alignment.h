#pragma once
#include "analysis/types.h"

namespace lemmata::analysis {

/// How well every latent variable is matched by a single hidden unit.
struct LatentAlignment {
  double score = 0;  ///< mean of `best` over the latents that vary; NaN if none does, or if anything is not finite
  Vector best;       ///< (latent) largest |correlation| with a unit; NaN for a latent that is constant
  Eigen::VectorX<Index> unit;  ///< (latent) the unit it is found at, the first of equals; -1 for a constant latent
  Index constant_latents = 0;
};

/// Best match of latents with hidden units, over samples.
///
///   score = mean_j max_k |corr(z_j, h_k)|,   corr: Pearson's, of the samples at hand.
/// A unit that is constant over the samples (up to rounding, 1e-13 of its largest value) matches nothing: correlation
/// 0.
///
/// A maximum over units is biased upwards: of u units that have nothing to do with a latent the best still correlates
/// with about sqrt(2 ln u / n) over n samples. The score means something only beside that of another network with as
/// many units on the same samples, such as the untrained one.
///
/// @param latents  z, (sample, latent).
/// @param hidden   h, (sample, unit); of a sequence: `largest_over_positions`.
/// @throws std::invalid_argument  fewer than 2 samples, no latent or unit, or numbers of samples that differ.
/// Source: Tian et al., arXiv 2310.00535, Table 1 ("normalised correlation with the best matched hidden node");
/// joma.md, "Theorem 5 and Table 1".
/// Checked by: tests/analysis/latent_alignment_test.cpp (numpy's corrcoef), claim J19.
LatentAlignment latent_alignment(const Matrix& latents, const Matrix& hidden);

/// Largest value of every unit over the positions of each sequence, (sequence, unit).
///
/// @param hidden     rows of all positions, (position, unit), those of a sequence adjacent.
/// @param positions  how many rows each sequence has, all >= 1, summing to the number of rows.
/// @throws std::invalid_argument if they do not.
Matrix largest_over_positions(const Matrix& hidden, const Eigen::VectorX<Index>& positions);

}  // namespace lemmata::analysis
