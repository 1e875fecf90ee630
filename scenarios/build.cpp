#include "scenarios/build.h"

#include "analysis/certified.h"
#include "build_information.h"

namespace lemmata::scenarios {

Build build() {
  namespace info = build_information;
  return {info::version, info::git_commit,           info::git_dirty, info::compiler, info::flags,
          info::simd,    analysis::ball_arithmetic()};
}

std::string version_text() {
  const Build now = build();
  return "lemmata " + now.version + "\ncommit    " + now.git_commit + (now.git_dirty ? " (dirty)" : "") +
         "\ncompiler  " + now.compiler + "\nflags     " + now.flags + "\nsimd      " + now.simd + "\nproofs    " +
         (now.proofs.empty() ? "none: built without Arb (libflint-arb-dev), claims that need it are inconclusive"
                             : now.proofs) +
         "\n";
}

}  // namespace lemmata::scenarios
