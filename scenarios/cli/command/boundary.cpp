#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/part_file.h"
#include "scenarios/boundary/boundary_file.h"
#include "scenarios/boundary/run_boundary.h"
#include "scenarios/cli/interruption.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/study/study_output.h"

namespace lemmata::scenarios {
namespace {

// The contours of the outcome that was searched for.
Json contours_json(const BoundaryPlan& plan, const std::vector<std::vector<RowOutcome>>& found) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  Json list = Json::array();
  for (std::size_t row = 0; row < found.size(); ++row) {
    for (std::size_t i = 0; i < plan.rule.probabilities.size(); ++i) {
      const ValueContour& contour = found[row][plan.outcome].contours[i];
      list.push_back({{"row", plan.rows.values[row]},
                      {"probability", plan.rule.probabilities[i]},
                      {"finding", finding_names[static_cast<std::size_t>(contour.finding)]},
                      {"value", number(contour.value)},
                      {"lower", number(contour.lower)},
                      {"upper", number(contour.upper)}});
    }
  }
  return list;
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const BoundaryPlan plan = load_boundary(arguments.positionals()[0]);
  const StudyOutput output(arguments, plan.name, ".runs");
  sim::ThreadTeam team(thread_count(arguments));
  catch_interrupts(arguments);
  const long most = static_cast<long>(plan.rows.values.size()) * plan.rule.most_trials;
  auto progress = std::make_unique<Progress>(plan.name, most, "runs", arguments.has("quiet"));
  const BoundaryWatch watch{[&](long runs) { progress->advance(runs); }, [] { return !is_interrupted(); }};
  const std::vector<BoundaryRun> runs = run_boundary(plan, output.lines(), team, watch);
  progress.reset();
  if (is_interrupted())
    return interrupted(arguments, "the same command goes on with what is in " + output.lines().string());
  const std::vector<std::vector<RowOutcome>> found = row_outcomes(plan, runs, team);
  analysis::Dataset content = boundary_dataset(plan, runs, found);
  content.attributes.merge(build_attributes(team.threads()));
  const std::string text = boundary_page(plan, runs, found);
  analysis::write_text_atomically(output.page(), analysis::is_markdown, text);
  analysis::write_dataset(output.result(), content);
  std::filesystem::remove(output.lines());
  print_result(arguments,
               text.substr(0, text.find("\n## ", text.find("\n## ") + 1)) +
                   "\nEvery outcome: " + output.page().string() + "; runs: " + output.result().string() + "\n",
               {{"file", output.result().string()},
                {"summary", output.page().string()},
                {"runs", runs.size()},
                {"outcome", outcome_names[plan.outcome]},
                {"contours", contours_json(plan, found)}});
  return 0;
}

}  // namespace

Command boundary_command() {
  return {"boundary",
          "finds where along a setting specialisation and routing come or go, by an adaptive search",
          "BOUNDARY|FILE.json",
          1,
          1,
          {out_option("FILE.h5", "file to write; its folder must exist (default NAME.h5)"),
           threads_option(),
           max_time_option(),
           study_resume_option(),
           {"quiet", "", "no progress"},
           json_option()},
          "One file with contours, responses and every run, and beside it a page in plain words, x.md. Runs that ended "
          "are kept in x.runs.jsonl until then: the same command after an interruption (exit 130) goes on where it "
          "stopped.",
          "lemmata boundary mot/beta_gamma --out beta_gamma.h5",
          run};
}

}  // namespace lemmata::scenarios
