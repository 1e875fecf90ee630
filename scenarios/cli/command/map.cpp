#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/part_file.h"
#include "analysis/result_writer.h"
#include "scenarios/build.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/map/run_map.h"
#include "scenarios/map/summary.h"

namespace lemmata::scenarios {
namespace {

// No two maps into one file at once; nothing of it is left, however the command ends.
struct Lock {
  analysis::PartFile file;
  ~Lock() { file.discard(); }
};

std::string default_file(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return (name.ends_with(".json") ? name.substr(0, name.size() - 5) : name) + ".h5";
}

analysis::Attributes attributes_of(const LawMapPlan& plan, int threads) {
  const Build now = build();
  return {{"map", plan.name},
          {"map_hash", plan.hash},
          {"base", plan.base},
          {"lemmata_version", now.version},
          {"git_commit", now.git_commit},
          {"git_dirty", std::int64_t{now.git_dirty}},
          {"compiler", now.compiler},
          {"flags", now.flags},
          {"simd", now.simd},
          {"threads", std::int64_t{threads}}};
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const LawMapPlan plan = load_map(arguments.positionals()[0]);
  const std::string file = arguments.text("out").value_or(default_file(plan.name));
  const std::filesystem::path lines = analysis::beside(file, ".cells.jsonl"), page = analysis::beside(file, ".md");
  for (const std::filesystem::path& target : {std::filesystem::path(file), lines, page}) {
    analysis::require_writable_target(target);
    require_other_file("--out", target, {plan.name});
  }
  sim::ThreadTeam team(thread_count(arguments));
  catch_interrupts();
  const Lock lock{analysis::PartFile(analysis::beside(file, ".cells.lock"))};
  std::unique_ptr<Progress> progress;
  MapWatch watch;
  watch.round = [&](long total) {
    progress = total > 0 ? std::make_unique<Progress>(plan.name, total, "runs", arguments.has("quiet")) : nullptr;
  };
  watch.done = [&] { progress->advance(1); };
  watch.proceed = [] { return !is_interrupted(); };
  const std::vector<StoredRun> runs = run_map(plan, lines, team, watch);
  progress.reset();
  if (is_interrupted()) return 130;  // the lines stay: the same command goes on
  analysis::Dataset content = consolidated(plan, runs);
  content.attributes = attributes_of(plan, team.threads());
  const std::string text = summary_text(plan, runs);
  analysis::write_text_atomically(page, text);
  analysis::write_dataset(file, content);
  std::filesystem::remove(lines);
  print_result(
      arguments,
      text.substr(0, text.find("\n## Every regime")) + "\nEvery regime: " + page.string() + "; runs: " + file + "\n",
      {{"file", file}, {"summary", page.string()}, {"regimes", cells_of(plan).size()}, {"runs", runs.size()}});
  return 0;
}

}  // namespace

Command map_command() {
  return {"map",
          "runs a law map: which law T(eps) follows in every regime of a product of choices",
          "MAP|FILE.json",
          1,
          1,
          {{"out", "FILE.h5", "file to write; its folder must exist (default NAME.h5)"},
           threads_option(),
           {"quiet", "", "no progress"},
           json_option()},
          "One file with a `run` dimension, and beside it a page in plain words, x.md. Runs that ended are kept in "
          "x.cells.jsonl until then: the same command after an interruption (exit 130) goes on where it stopped.",
          "lemmata map mot/law_map --out law_map.h5",
          run};
}

}  // namespace lemmata::scenarios
