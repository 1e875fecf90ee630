#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/statistics.h"
#include "scenarios/cli/output.h"
#include "scenarios/run/law_json.h"
#include "scenarios/run/result_curve.h"

namespace lemmata::scenarios {
namespace {

// One run: a file, or one seed of a file.
struct Run {
  std::string file, label;
  std::optional<std::int64_t> seed;   // of a file with seeds
  std::string part;   // part of the curve that is fitted: "stage III"
  std::vector<double> eps, from_start, from_last_stage;   // NaN = unreached
  analysis::LawFit law;
  double origin = 0;

  analysis::StepsLaw steps_law(const std::vector<double>& steps) const;
};

analysis::StepsLaw Run::steps_law(const std::vector<double>& steps) const {
  std::vector<long> whole;
  for (const double step : steps) whole.push_back(std::isnan(step) ? -1 : static_cast<long>(step));
  if (eps.empty()) {
    analysis::StepsLaw none;
    none.reason = "T(eps) is recorded of prediction_loss only";
    return none;
  }
  return analysis::fit_steps_law(eps, whole);
}

// Row `seed` of a variable (eps) or (seed, eps).
std::vector<double> row_of(const analysis::ResultReader& result, const std::string& name,
                           std::optional<std::size_t> seed, std::size_t count) {
  const std::vector<double> values = result.values(name);
  const std::size_t first = seed.value_or(0) * count;
  if (values.size() < first + count)
    throw InputError(result.file().string(), name, std::to_string(values.size()) + " values", "one per eps and seed");
  return {values.begin() + static_cast<std::ptrdiff_t>(first),
          values.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

Run read_run(const analysis::ResultReader& result, const std::string& metric, std::optional<std::size_t> seed,
             const std::string& label) {
  Run run;
  run.file = result.file().string();
  run.label = label;
  if (metric == "prediction_loss" && result.contains("steps_to_eps/eps")) {   // followed at every step
    run.eps = result.values("steps_to_eps/eps");
    run.from_start = row_of(result, "steps_to_eps/from_start", seed, run.eps.size());
    run.from_last_stage = row_of(result, "steps_to_eps/from_last_stage", seed, run.eps.size());
  }
  const LastStage last = last_stage(result, seed);
  run.part = last.name;
  if (!last.reached) {   // diverged or interrupted before
    run.law.reason = "the run ended before " + last.name + ", its last";
    return run;
  }
  const CurvePart part = result_curve(result, "step", metric, last.window, seed);
  run.law = analysis::fit_law(part.time, part.value);
  run.origin = part.origin;
  return run;
}

std::vector<Run> read_runs(const std::string& file, const std::string& metric) {
  const analysis::ResultReader result(file);
  const std::vector<std::int64_t> seeds = seeds_of(result);
  const std::string name = std::filesystem::path(file).stem().string();
  if (seeds.empty()) return {read_run(result, metric, {}, name)};
  std::vector<Run> runs;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    runs.push_back(read_run(result, metric, i, name + " seed " + std::to_string(seeds[i])));
    runs.back().seed = seeds[i];
  }
  return runs;
}

Json steps_json(const Run& run, const std::vector<double>& steps) {
  Json list = Json::array();
  for (std::size_t i = 0; i < run.eps.size(); ++i) {
    Json entry = {{"eps", run.eps[i]}};
    entry["steps"] = std::isnan(steps[i]) ? Json() : Json(static_cast<long>(steps[i]));
    list.push_back(entry);
  }
  return list;
}

Json json_of(const std::vector<Run>& runs, const std::string& metric) {
  Json result = {{"metric", metric}, {"runs", Json::array()}};
  for (const Run& run : runs) {
    Json entry = {{"file", run.file}, {"label", run.label}, {"part", run.part}};
    entry["seed"] = run.seed ? Json(*run.seed) : Json();
    entry["steps_to_eps"] = steps_json(run, run.from_start);
    entry["steps_to_eps_last_stage"] = steps_json(run, run.from_last_stage);
    entry["steps_law"] = json_from_steps_law(run.steps_law(run.from_start));
    entry["steps_law_last_stage"] = json_from_steps_law(run.steps_law(run.from_last_stage));
    entry["law"] = json_from_law(run.law, run.origin);
    result["runs"].push_back(entry);
  }
  return result;
}

std::string cell(const std::vector<double>& steps, std::size_t i) {
  if (i >= steps.size()) return "-";
  return std::isnan(steps[i]) ? "not reached" : number_text(steps[i], 10);
}

// Whole decades of eps down to the last that some run reached, and one further.
std::string text_of(const std::vector<Run>& runs, const std::string& metric) {
  std::vector<std::vector<std::string>> rows = {{"T(eps), steps from the start"}};
  for (const Run& run : runs) rows[0].push_back(run.label);
  for (std::size_t i = 0; i < runs[0].eps.size(); ++i) {
    const double decade = std::log10(runs[0].eps[i]);
    if (std::abs(decade - std::round(decade)) > 1e-6) continue;
    bool reached = false;
    rows.push_back({number_text(runs[0].eps[i], 2)});
    for (const Run& run : runs) {
      rows.back().push_back(cell(run.from_start, i));
      reached = reached || (i < run.from_start.size() && !std::isnan(run.from_start[i]));
    }
    if (!reached) break;
  }
  std::string text = rows.size() > 1 ? table(rows) + "\n" : "";
  for (const auto& [from, steps] :
       {std::pair{"the start", &Run::from_start}, std::pair{"the start of the last stage", &Run::from_last_stage}}) {
    text += std::string("law of T(eps) from ") + from + ", 95 % interval\n";
    for (const Run& run : runs) text += "  " + run.label + ": " + steps_law_text(run.steps_law(run.*steps)) + "\n";
  }
  text += "law of " + metric + " in the last stage, 95 % interval\n";
  for (const Run& run : runs) text += "  " + run.label + ", " + run.part + ": " + law_text(run.law) + "\n";
  return text;
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const std::string metric = arguments.text("metric").value_or("prediction_loss");
  std::vector<Run> runs;
  for (const std::string& file : arguments.positionals()) {
    for (Run& one : read_runs(file, metric)) runs.push_back(std::move(one));
  }
  print_result(arguments, text_of(runs, metric), json_of(runs, metric));
  return 0;
}

}  // namespace

Command compare_command() {
  return {"compare",
          "T(eps) of several runs side by side, and the fitted laws of each",
          "FILE.h5...",
          1,
          1000,
          {{"metric", "NAME", "curve to fit (default prediction_loss)"}, json_option()},
          "T(eps) is the first step with prediction_loss <= eps, followed at every step; an eps that was not reached "
          "is shown as such.\n"
          "The law of T(eps) is log, T = a + b ln(1/eps), or power, T + t0 = a eps^-p; of eps - floor where the loss "
          "levels off.\n"
          "The law of the metric is that of the last stage, its time counted from the stage's start.",
          "lemmata compare three_stage.h5 single.h5",
          run};
}

}  // namespace lemmata::scenarios
