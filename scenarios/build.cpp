#include "scenarios/build.h"

#include "analysis/certified.h"
#include "build_information.h"
#include "scenarios/report/page.h"
#include "scenarios/watch/watch_server.h"

namespace lemmata::scenarios {

Build build() {
  namespace info = build_information;
  return {info::version, info::git_commit, info::git_changes,          info::compiler,
          info::flags,   info::simd,       analysis::ball_arithmetic()};
}

std::vector<std::pair<std::string, std::string>> build_identity() {
  const Build now = build();
  return {{"lemmata_version", now.version}, {"git_commit", now.git_commit}, {"git_changes", now.git_changes},
          {"compiler", now.compiler},       {"flags", now.flags},           {"simd", now.simd}};
}

std::string version_text() {
  const Build now = build();
  return "lemmata " + now.version + "\ncommit    " + now.git_commit + (now.is_dirty() ? " (dirty)" : "") +
         "\ncompiler  " + now.compiler + "\nflags     " + now.flags + "\nsimd      " + now.simd + "\nproofs    " +
         (now.proofs.empty() ? "none: built without Arb (libflint-arb-dev), claims that need it are inconclusive"
                             : now.proofs) +
         "\nreport    " +
         (has_interactive_plots() ? "interactive plots (uPlot)" : "still pictures: built without uPlot (npm)") +
         "\nwatch     " +
         (has_watch_server() ? "terminal, and page by --serve (cpp-httplib)"
                             : "terminal only: built without cpp-httplib (libcpp-httplib-dev)") +
         "\n";
}

}  // namespace lemmata::scenarios
