#pragma once
#include <string>
#include <utility>
#include <vector>

namespace lemmata::scenarios {

/// How this program was built; part of every result's provenance.
struct Build {
  std::string version, git_commit;
  std::string git_changes;  ///< SHA-256 of what differed from the commit, or "none"
  bool is_dirty() const { return git_changes != "none"; }
  std::string compiler, flags, simd;
  std::string proofs;  ///< the ball arithmetic that proofs are made in; empty: built without
};

Build build();

/// What of it decides the bits of a result, by the names of the attributes. What one build has begun another goes on
/// with only if these are the same.
std::vector<std::pair<std::string, std::string>> build_identity();

/// What `lemmata --version` prints.
std::string version_text();

}  // namespace lemmata::scenarios
