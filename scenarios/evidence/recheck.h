#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/claims/claim.h"

// Derives stored verdicts again, without training, and says where a file differs from what follows.
namespace lemmata::scenarios {

/// One evidence file looked at.
struct Rechecked {
  std::filesystem::path file;
  std::string id, setting, verdict;  ///< as the file has them; empty if it cannot be read
  std::vector<std::string>
      findings;  ///< each names file, key or variable, what stands there and what follows; none = it re-derives
};

/// Derives the evidence of a file again from the arrays beside it, by the claim's own code with the training left out,
/// and compares every key and every array. Numbers may differ by rounding on another machine (1e-6 of their size), text
/// by the digits of numbers in it. Files that SHA256SUMS lists must be as listed.
/// A stored number that no quantity depends on is only held by SHA256SUMS.
/// What cannot be found: arrays, evidence and sums forged together so that they agree. Only training again finds that.
/// Checked by: tests/scenarios/recheck_test.py.
Rechecked recheck(const std::filesystem::path& evidence_file);

/// All evidence files of a directory, side by side, in the order of their names, and one entry for the directory
/// itself: files that SHA256SUMS lists and that are not there.
std::vector<Rechecked> recheck_directory(const std::filesystem::path& directory, sim::ThreadTeam& team);

/// Where two JSON values differ: "quantities.3.tolerance: found 0.2, derived 0.1". @param path  of the two.
void compare_json(const Json& found, const Json& derived, const std::string& path, std::vector<std::string>& findings);

}  // namespace lemmata::scenarios
