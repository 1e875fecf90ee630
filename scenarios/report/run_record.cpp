#include "scenarios/report/run_record.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/law_fit.h"
#include "analysis/steps_to_eps.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/report/law_curve.h"
#include "scenarios/report/packed.h"
#include "scenarios/report/recorded_curve.h"
#include "scenarios/run/law_json.h"
#include "scenarios/run/numerical_notes.h"
#include "scenarios/run/result_curve.h"

namespace lemmata::scenarios {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Json matrix_json(const RecordedShape& shape, const std::vector<double>& steps, const std::vector<double>& values) {
  const std::size_t count = std::min(shape.steps, most_matrix_records);
  std::vector<double> chosen_steps, chosen;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = count == 1 ? 0 : i * (shape.steps - 1) / (count - 1);
    chosen_steps.push_back(steps[at]);
    const auto* first = values.data() + at * shape.entries;
    chosen.insert(chosen.end(), first, first + shape.entries);
  }
  return {{"rows", shape.more[0]},         {"columns", shape.more[1]},  {"shape", {shape.sizes[0], shape.sizes[1]}},
          {"steps", packed(chosen_steps)}, {"of_records", shape.steps}, {"values", packed(chosen)}};
}

bool is_matrix(const std::string& name) {
  return name == "routing" || name == "routing_argmax" || name == "specialization";
}

void add_variable(const analysis::ResultReader& result, const analysis::VariableInfo& info,
                  const std::vector<double>& steps, Json& record) {
  RecordedShape shape;
  if (info.name == "step" || info.name == "stage" || !shape_of(info, shape) || shape.steps != steps.size()) return;
  if (shape.more.size() < 2)
    record["curves"][info.name] = curve_json(info, shape, result.values(info.name));
  else if (info.name == "attention_mass" && shape.more.size() == 2)
    add_mass(result, shape, record["curves"]);
  else if (is_matrix(info.name) && shape.more.size() == 2)
    record["matrices"][info.name] = matrix_json(shape, steps, result.values(info.name));
}

void add_variables(const analysis::ResultReader& result, RunDetail detail, const std::vector<double>& steps,
                   Json& record) {
  record["curves"] = record["matrices"] = Json::object();
  if (detail == RunDetail::whole) {
    for (const analysis::VariableInfo& info : result.variables()) add_variable(result, info, steps, record);
    return;
  }
  for (const char* name : {"loss", "prediction_loss"}) {
    if (result.contains(name)) add_variable(result, result.variable(name), steps, record);
  }
}

/// First recorded step of every stage.
Json stages_json(const analysis::ResultReader& result, const std::vector<double>& steps, bool has_seeds) {
  Json list = Json::array();
  if (!result.contains("stage")) return list;
  const std::vector<double> stage =
      result.curve("step", "stage", has_seeds ? std::optional<std::size_t>(0) : std::nullopt).second;
  const std::vector<std::string> names = stage_names(result);
  double last = 0;
  for (std::size_t i = 0; i < stage.size(); ++i) {
    if (std::isnan(stage[i]) || stage[i] == last) continue;
    last = stage[i];
    const auto number = static_cast<std::size_t>(std::max(1.0, last));
    list.push_back({{"name", number <= names.size() ? names[number - 1] : "stage " + std::to_string(number)},
                    {"first", steps[i]}});
  }
  return list;
}

void add_fitted_part(const analysis::ResultReader& result, bool has_seeds, RunRecord& record) {
  const std::optional<std::size_t> seed = has_seeds ? std::optional<std::size_t>(0) : std::nullopt;
  const std::string metric = result.contains("prediction_loss") ? "prediction_loss" : "loss";
  const LastStage last = last_stage(result, seed);
  record.json["fitted"] = {{"metric", metric}, {"part", last.name}};
  if (last.reached) record.part = result_curve(result, "step", metric, last.window, seed);
}

/// T(eps) from the start; of several seeds the median and all of them, infinite for one that never reaches eps.
void add_steps_to_eps(const analysis::ResultReader& result, bool has_seeds, RunRecord& record) {
  if (!result.contains("steps_to_eps/eps") || !result.contains("steps_to_eps/from_start")) return;
  const std::vector<double> eps = result.values("steps_to_eps/eps");
  std::vector<double> all = result.values("steps_to_eps/from_start");
  if (all.size() < eps.size() || eps.empty()) return;
  const std::size_t seeds = has_seeds ? all.size() / eps.size() : 1;
  std::replace_if(
      all.begin(), all.end(), [](double steps) { return std::isnan(steps); }, infinity);
  Spread spread;
  for (std::size_t level = 0; level < eps.size(); ++level) {
    std::vector<double> here;
    for (std::size_t seed = 0; seed < seeds; ++seed) here.push_back(all[seed * eps.size() + level]);
    spread.add(std::move(here));
  }
  record.eps = eps;
  record.steps_to_eps = spread.median;
  Json& curve = record.json["steps_to_eps"] = {{"eps", packed(eps)}, {"median", packed(spread.median)}};
  if (seeds == 1) return;
  curve["band"] = "all of " + std::to_string(seeds) +
                  " seeds, open above where one never reaches eps; line: their median, where half of them reach it";
  curve["lower"] = packed(spread.lower);
  curve["upper"] = packed(spread.upper);
}

std::vector<double> steps_of(const analysis::ResultReader& result) {
  const std::string file = result.file().string();
  if (!result.contains("step"))
    throw InputError(file, "step", "no such variable", "a result file with the coordinate step");
  const std::vector<double> steps = result.values("step");
  if (steps.empty()) throw InputError(file, "step", "no record", "at least one");
  const auto bad = std::adjacent_find(steps.begin(), steps.end(), [](double a, double b) { return !(a < b); });
  if (bad != steps.end())
    throw InputError(file, "step[" + std::to_string(bad - steps.begin() + 1) + "]",
                     number_text(bad[1], 12) + " after " + number_text(bad[0], 12), "steps that increase");
  return steps;
}

std::string notes_in_words(const std::string& json, const std::string& file) {
  std::string words;
  for (const NumericalNote& note : notes_from_json(json, file)) words += (words.empty() ? "" : "; ") + note_text(note);
  return words.empty() ? "none" : words;
}

void add_provenance(const analysis::ResultReader& result, Json& record) {
  Json& provenance = record["provenance"] = Json::object();
  for (const auto& [name, value] : result.attributes()) {
    const auto* text = std::get_if<std::string>(&value);
    if (name == "scenario" && text != nullptr)
      record["settings"] = parse_json(*text, result.file().string() + ": attribute scenario");
    else if (name == "numerical_notes" && text != nullptr)
      provenance[name] = notes_in_words(*text, result.file().string());
    else
      std::visit([&, key = name](const auto& one) { provenance[key] = one; }, value);
  }
}

}  // namespace

RunRecord read_run_record(const analysis::ResultReader& result, RunDetail detail) {
  const std::vector<double> steps = steps_of(result);
  const std::vector<std::int64_t> seeds = seeds_of(result);
  RunRecord record;
  record.json = {{"label", result.file().stem().string()},
                 {"file", result.file().string()},
                 {"seeds", seeds},
                 {"step", packed(steps)},
                 {"stages", stages_json(result, steps, !seeds.empty())}};
  add_variables(result, detail, steps, record.json);
  if (!record.json["curves"].contains("loss"))
    throw InputError(result.file().string(), "loss", "no such variable over step", "a result file with a loss");
  add_fitted_part(result, !seeds.empty(), record);
  add_steps_to_eps(result, !seeds.empty(), record);
  add_provenance(result, record.json);
  return record;
}

void fit_laws(RunRecord& record) {
  if (!record.part) {
    record.json["law_text"] = "the run ended before its last stage";
  } else {
    const analysis::LawFit fit = analysis::fit_law(record.part->time, record.part->value);
    record.json["law"] = json_from_law(fit, record.part->origin);
    record.json["law_text"] = law_text(fit);
    record.json["law_curve"] = law_curve(fit, record.part->origin);
  }
  if (record.eps.empty()) return;
  std::vector<long> steps;
  for (const double step : record.steps_to_eps) steps.push_back(std::isinf(step) ? -1 : static_cast<long>(step));
  const analysis::StepsLaw law = analysis::fit_steps_law(record.eps, steps);
  record.json["steps_law"] = json_from_steps_law(law);
  record.json["steps_law_text"] = steps_law_text(law);
  record.json["steps_law_curve"] = steps_law_curve(law);
}

}  // namespace lemmata::scenarios
