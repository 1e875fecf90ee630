#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/part_file.h"
#include "scenarios/cli/interruption.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/map/run_map.h"
#include "scenarios/map/summary.h"
#include "scenarios/study/study_output.h"

namespace lemmata::scenarios {
namespace {

analysis::Attributes attributes_of(const LawMapPlan& plan, int threads) {
  analysis::Attributes attributes = build_attributes(threads);
  attributes["map"] = plan.name;
  attributes["map_hash"] = plan.hash;
  attributes["base"] = plan.base;
  return attributes;
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const LawMapPlan plan = load_map(arguments.positionals()[0]);
  const StudyOutput output(arguments, plan.name, ".cells");
  sim::ThreadTeam team(thread_count(arguments));
  catch_interrupts(arguments);
  std::unique_ptr<Progress> progress;
  MapWatch watch;
  watch.round = [&](long total) {
    progress = total > 0 ? std::make_unique<Progress>(plan.name, total, "runs", arguments.has("quiet")) : nullptr;
  };
  watch.done = [&] { progress->advance(1); };
  watch.proceed = [] { return !is_interrupted(); };
  const std::vector<StoredRun> runs = run_map(plan, output.lines(), team, watch);
  progress.reset();
  if (is_interrupted())
    return interrupted(arguments, "the same command goes on with what is in " + output.lines().string());
  analysis::Dataset content = consolidated(plan, runs);
  content.attributes = attributes_of(plan, team.threads());
  const std::string text = summary_text(plan, runs);
  analysis::write_text_atomically(output.page(), analysis::is_markdown, text);
  analysis::write_dataset(output.result(), content);
  std::filesystem::remove(output.lines());
  print_result(arguments,
               text.substr(0, text.find("\n## Every regime")) + "\nEvery regime: " + output.page().string() +
                   "; runs: " + output.result().string() + "\n",
               {{"file", output.result().string()},
                {"summary", output.page().string()},
                {"regimes", cells_of(plan).size()},
                {"runs", runs.size()}});
  return 0;
}

}  // namespace

Command map_command() {
  return {"map",
          "runs a law map: which law T(eps) follows in every regime of a product of choices",
          "MAP|FILE.json",
          1,
          1,
          {out_option("FILE.h5", "file to write; its folder must exist (default NAME.h5)"),
           threads_option(),
           max_time_option(),
           study_resume_option(),
           {"quiet", "", "no progress"},
           json_option()},
          "One file with a `run` dimension, and beside it a page in plain words, x.md. Runs that ended are kept in "
          "x.cells.jsonl until then: the same command after an interruption (exit 130) goes on where it stopped.",
          "lemmata map mot/law_map --out law_map.h5",
          run};
}

}  // namespace lemmata::scenarios
