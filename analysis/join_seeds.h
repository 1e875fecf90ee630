#pragma once
#include <span>

#include "analysis/dataset.h"

namespace lemmata::analysis {

/// The result file of one seed's run.
struct SeedFile {
  std::int64_t seed = 0;
  std::filesystem::path file;
};

/// Puts the result files of single runs together in one file with a leading `seed` dimension: x.part, fsync, rename.
///
/// Recorded variables become (seed, step, ...) on the union of the runs' steps; a row that a seed does not have is NaN,
/// or the `missing_value` of its integers. Variables of groups become (seed, ...); coordinates (eps) are common to all.
/// From the root attributes of the runs come the variables `last_finite_step` (seed) and `completed` (seed), 1 where
/// stop_reason says so. Holds one variable of one seed in memory at a time.
///
/// @param runs             at least one; all of the same variables and shapes, up to their steps.
/// @param root_attributes  of the new file.
/// @throws FileError  a run's file is missing or disagrees with the first, the target cannot be written.
/// Checked by: tests/analysis/join_seeds_test.cpp, tests/scenarios/run_test.py (every seed is its single run).
void join_seeds(const std::filesystem::path& target, std::span<const SeedFile> runs, const Attributes& root_attributes);

}  // namespace lemmata::analysis
