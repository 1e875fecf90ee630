#include "scenarios/build.h"

#include "build_information.h"

namespace lemmata::scenarios {

Build build() {
  namespace info = build_information;
  return {info::version, info::git_commit, info::git_dirty, info::compiler, info::flags, info::simd};
}

std::string version_text() {
  const Build now = build();
  return "lemmata " + now.version + "\ncommit    " + now.git_commit + (now.git_dirty ? " (dirty)" : "") +
         "\ncompiler  " + now.compiler + "\nflags     " + now.flags + "\nsimd      " + now.simd + "\n";
}

}  // namespace lemmata::scenarios
