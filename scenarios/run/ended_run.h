#pragma once
#include <optional>

#include "scenarios/run/result_file.h"

namespace lemmata::scenarios {

/// How the run ended whose result this is; none where there is no file, or one of another scenario, seed, plan of
/// records or build, or of a run that was interrupted, which does not hold what this run would.
/// @param files  locked while it is read.
/// @throws analysis::FileError if it is damaged.
/// Checked by: tests/scenarios/resume_test.py.
std::optional<RunOutcome> ended_run(const Scenario& scenario, const std::filesystem::path& result, std::mutex& files);

/// Whether `result` is of a run that ended by itself and has left neither checkpoints nor a .part of
/// a later one, so that --resume has nothing to do.
/// @param seeds  those of a result with a `seed` dimension; null: it has none.
/// @throws InputError if it is of other settings or seeds; analysis::FileError if it is damaged.
/// Checked by: tests/scenarios/resume_test.py.
bool is_finished(const Scenario& scenario, const std::vector<std::uint64_t>* seeds,
                 const std::filesystem::path& result);

/// What of the program that made a result is not as in this one, such as "git_commit 1234567"; empty: nothing.
std::string other_build(const std::filesystem::path& result);

}  // namespace lemmata::scenarios
