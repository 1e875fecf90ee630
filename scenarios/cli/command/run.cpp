#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "analysis/lock_file.h"
#include "analysis/part_file.h"
#include "analysis/result_writer.h"
#include "scenarios/cli/interruption.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/configuration/seed_list.h"
#include "scenarios/run/checkpoint.h"
#include "scenarios/run/ended_run.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

constexpr double default_checkpoint_seconds = 30;

double checkpoint_seconds(const Arguments& arguments) {
  return arguments.number("checkpoint-every", 0, 1e9).value_or(default_checkpoint_seconds);
}

std::string default_file(const std::string& scenario, const std::string& seed) {
  std::string name = scenario.empty() ? "run" : scenario;
  std::replace(name.begin(), name.end(), '/', '_');
  return name + "_s" + seed + ".h5";
}

long steps_of(const sim::Config& config) {
  long steps = 0;
  for (const sim::StageConfig& stage : config.stages) steps += stage.steps;
  return steps;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "-";  // not recorded: records are finite
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

Json number_json(double value) { return std::isfinite(value) ? Json(value) : Json(); }

// On stderr, as notices are.
void say_notes(const std::vector<std::uint64_t>& seeds, const std::vector<RunOutcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    for (NumericalNote note : outcomes[i].notes) {
      if (seeds.size() > 1) note.seed = seeds[i];
      std::fprintf(stderr, "numerical note: %s\n", note_text(note).c_str());
    }
  }
}

Json outcome_json(const RunOutcome& outcome) {
  return {{"stop_reason", outcome.training.stop_reason},
          {"steps", outcome.training.steps},
          {"last_finite_step", outcome.training.last_finite_step},
          {"loss", number_json(outcome.loss)},
          {"prediction_loss", number_json(outcome.prediction_loss)},
          {"numerical_notes", json_from_notes(outcome.notes)}};
}

int finish(const Arguments& arguments, const std::string& file, const std::vector<std::uint64_t>& seeds,
           const std::vector<RunOutcome>& outcomes) {
  std::vector<std::vector<std::string>> rows = {{"seed", "steps", "loss", "prediction_loss", "stop_reason"}};
  Json result = {{"file", file}, {"wall_time_s", outcomes.front().wall_time}, {"runs", Json::array()}};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const RunOutcome& outcome = outcomes[i];
    rows.push_back({std::to_string(seeds[i]), std::to_string(outcome.training.steps), number_text(outcome.loss),
                    number_text(outcome.prediction_loss), outcome.training.stop_reason});
    Json entry = {{"seed", seeds[i]}};
    entry.update(outcome_json(outcome));
    result["runs"].push_back(entry);
  }
  print_result(arguments, table(rows) + file + " written in " + number_text(outcomes.front().wall_time) + " s\n",
               result);
  if (!any_interrupted(outcomes)) return 0;
  const bool goes_on = std::filesystem::exists(analysis::beside(file, ".seeds")) ||
                       std::filesystem::exists(analysis::beside(file, ".checkpoint"));
  return interrupted(arguments, goes_on ? "the same command with --resume goes on from the last checkpoint"
                                        : "without checkpoints it starts afresh next time");
}

// What is printed where --resume finds the result there.
int nothing_to_do(const Arguments& arguments, const std::string& file, const std::vector<std::uint64_t>& seeds) {
  Json result = {{"file", file}, {"wall_time_s", 0}, {"runs", Json::array()}};
  for (const std::uint64_t seed : seeds) result["runs"].push_back({{"seed", seed}});
  const std::string other = other_build(file);
  if (!other.empty()) result["other_build"] = other;
  print_result(arguments,
               file + " is finished: nothing to do" +
                   (other.empty() ? "" : "; another build made it: " + one_line(other)) + "\n",
               result);
  return 0;
}

// x.h5, x.jsonl and x.metrics.json must not be what the run is made from, nor where its outcome goes.
void require_own_files(const Arguments& arguments, const Scenario& scenario, const std::string& file) {
  std::vector<std::filesystem::path> others = files_read(arguments, scenario);
  if (const auto json = arguments.text("json"); json && *json != "-") others.emplace_back(*json);
  require_other_file("--out", file, others);
  for (const char* ending : {".jsonl", ".metrics.json", ".checkpoint", ".journal", ".seeds", ".lock"})
    require_other_file("--out", analysis::beside(file, ending), others);
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const std::optional<std::string> seed_list = arguments.text("seeds");
  if (seed_list && arguments.has("seed")) throw InputError("run", "--seeds", *seed_list, "either --seed or --seeds");
  const Scenario scenario = scenario_of(arguments, arguments.positionals()[0]);
  std::vector<std::uint64_t> seeds =
      seed_list ? parse_seeds(*seed_list, "", "--seeds") : std::vector<std::uint64_t>{scenario.config.seed};
  const std::string file =
      arguments.text("out").value_or(default_file(scenario.config.name, seed_list.value_or(std::to_string(seeds[0]))));
  analysis::require_writable_target(file, analysis::is_hdf5);
  require_own_files(arguments, scenario, file);
  CheckpointPlan plan{checkpoint_seconds(arguments),
                      arguments.has("resume") || arguments.has("resume-anyway"),
                      arguments.has("resume-anyway"),
                      {}};
  const analysis::LockFile lock(analysis::beside(file, ".lock"));  // before the run looks at the files beside it
  if (plan.resume && is_finished(scenario, seed_list ? &seeds : nullptr, file)) {
    remove_records(file);
    return nothing_to_do(arguments, file, seeds);
  }
  sim::ThreadTeam team(thread_count(arguments));
  catch_interrupts(arguments);
  const long steps = steps_of(scenario.config);
  std::vector<RunOutcome> outcomes;
  std::mutex files;
  {
    Progress progress(scenario.config.name, (steps + 1) * static_cast<long>(seeds.size()), "steps",
                      arguments.has("quiet"));
    plan.on_resume = [&](long done) {
      progress.advance(done);
      if (done > 0) progress.say("goes on from step " + std::to_string(done));
    };
    const auto tick = [&] {
      progress.advance(1);
      return !is_interrupted();
    };
    if (seed_list)
      outcomes = run_seeds_to_file(scenario, seeds, file, team, tick, plan);
    else
      outcomes = {run_to_file(scenario, file, {&team, team.threads(), files}, tick, plan)};
  }
  if (!arguments.has("quiet")) say_notes(seeds, outcomes);
  return finish(arguments, file, seeds, outcomes);
}

}  // namespace

Command run_command() {
  return {
      "run",
      "simulates a scenario and records it into an HDF5 file",
      "SCENARIO|FILE.json",
      1,
      1,
      {set_option(),
       seed_option(),
       {"seeds", "LIST", "several seeds, e.g. 0-19 or 1,5,7: one file with a seed dimension"},
       out_option("FILE.h5", "file to write; its folder must exist (default NAME_sSEED.h5)"),
       threads_option(),
       {"checkpoint-every", "SECONDS", "time between checkpoints, default 30, 0 = none"},
       {"resume", "", "go on from the checkpoint of an interrupted run to the same FILE.h5; a finished one stays"},
       {"resume-anyway", "", "also from one of other settings or another build, and say so in the result"},
       max_time_option(),
       {"quiet", "", "no progress"},
       json_option()},
      "Beside x.h5 stand x.jsonl (live curve) and x.metrics.json. An interrupted run keeps what it recorded and "
      "exits with 130; x.checkpoint and x.journal (x.seeds for several seeds) stay too, from which --resume goes on to "
      "the very same result. x.lock says which process writes them.",
      "lemmata run mot/three_stage --seed 1 --out three_stage.h5",
      run};
}

}  // namespace lemmata::scenarios
