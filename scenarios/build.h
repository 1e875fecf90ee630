#pragma once
#include <string>

namespace lemmata::scenarios {

/// How this program was built; part of every result's provenance.
struct Build {
  std::string version, git_commit;
  bool git_dirty;  ///< the working tree had changes that are not in the commit
  std::string compiler, flags, simd;
  std::string proofs;  ///< the ball arithmetic that proofs are made in; empty: built without
};

Build build();

/// What `lemmata --version` prints.
std::string version_text();

}  // namespace lemmata::scenarios
