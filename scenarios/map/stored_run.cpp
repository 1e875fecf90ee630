#include "scenarios/map/stored_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int eps_decades = 30;
const std::set<std::string> integers = {"cell", "seed", "steps", "passes_per_step"};
const std::vector<std::string> stop_reasons = {"completed", "diverged", "interrupted"};
const std::vector<std::string> curve_laws = {"exponential", "power", "constant", "inconclusive"};

template <class Names>
double place_of(const Names& names, const std::string& name) {
  return static_cast<double>(std::find(names.begin(), names.end(), name) - names.begin());
}

// T(eps) at whole decades 1, 0.1, ...; NaN = not reached.
std::vector<double> steps_at_decades(const analysis::StepsToEps& steps) {
  std::vector<double> list;
  for (int decade = 0; decade <= eps_decades; ++decade) {
    const long found = steps.first_step(std::pow(10.0, -decade) * (1 + 1e-12));
    list.push_back(found < 0 ? nan : static_cast<double>(found));
  }
  return list;
}

void store_gap(StoredRun& stored, const std::string& name, const Gap& gap) {
  const auto put = [&](const std::string& what, double value) { stored.numbers[what + "_" + name] = value; };
  const bool power = gap.law == GapLaw::power, log = gap.law == GapLaw::log;
  put("law", static_cast<double>(gap.law));
  put("curve_law", place_of(curve_laws, analysis::law_name(gap.curve.law)));
  put("rate", log ? gap.curve.rate : nan);
  put("exponent", power ? gap.curve.exponent : nan);
  put("lower", log || power ? gap.curve.interval.lower : nan);
  put("upper", log || power ? gap.curve.interval.upper : nan);
  put("levels_off_at", gap.law == GapLaw::floor ? gap.level : nan);
  put("decades", gap.steps_law.decades);
  stored.curves["steps_to_eps_" + name] = steps_at_decades(gap.steps_to_eps);
}

// What each stored name is, for the file.
const std::map<std::string, std::string>& descriptions() {
  static const std::map<std::string, std::string> table = {
      {"cell", "place of the regime in the map"},
      {"seed", "seed of the run"},
      {"steps", "updates of the last stage"},
      {"learning_rate", "learning rate of the last stage (of ffn)"},
      {"passes_per_step", "forward passes of one sample in a step: heads of the expert it is sent to"},
      {"pure", "1 = routing class-pure (or no gate); runs of a gated model with 0 are not counted in the summary"},
      {"floor", "L*, infimum of the objective over the FFN with attention and gate frozen; NaN where not defined"},
      {"limit", "prediction loss where the objective is L*; NaN where not defined"},
      {"curvature_min", "lambda_min on V_i per unit load when the last stage begins, smallest over experts"},
      {"curvature_max", "lambda_max of the whole frozen objective when the last stage begins"},
      {"law_zero", "law of T(eps) of the prediction loss"},
      {"law_floor", "law of T(eps) of objective - L*; `unclear` where L* is not defined"},
      {"curve_law_zero", "law of the prediction loss as a curve"},
      {"curve_law_floor", "law of objective - L* as a curve"},
      {"rate_zero", "law log: slowest rate per step"},
      {"rate_floor", "law log: slowest rate per step"},
      {"exponent_zero", "law power: p of a (t + t0)^-p"},
      {"exponent_floor", "law power: p of a (t + t0)^-p"},
      {"lower_zero", "lower end of the 95 % interval of rate or exponent"},
      {"lower_floor", "lower end of the 95 % interval of rate or exponent"},
      {"upper_zero", "upper end of the 95 % interval of rate or exponent"},
      {"upper_floor", "upper end of the 95 % interval of rate or exponent"},
      {"levels_off_at_zero", "law floor: where the prediction loss levels off"},
      {"levels_off_at_floor", "law floor: not expected, L* is the infimum"},
      {"decades_zero", "decades of eps that T(eps) was followed over"},
      {"decades_floor", "decades of eps that T(eps) was followed over"},
      {"prediction_loss", "mean of l(y f) under the routing in force"},
      {"excess", "objective - L*, without cancellation; NaN below what rounding leaves measurable"},
      {"predicted_excess", "the same by the exact spectrum of the frozen problem (squared loss, gd)"},
      {"lambda_min", "lambda_min on V_i per unit load, smallest over experts"},
      {"lambda_ratio", "lambda_min / lambda_max per unit load"},
      {"lambda_over_loss", "lambda_min / loss of the expert, smallest over experts"},
      {"steps_to_eps_zero", "first step of the last stage with prediction loss <= eps"},
      {"steps_to_eps_floor", "first step of the last stage with objective - L* <= eps"}};
  return table;
}

std::vector<std::string> names_of(const std::vector<Variant>& variants) {
  std::vector<std::string> names;
  for (const Variant& variant : variants) names.push_back(variant.name);
  return names;
}

// Numbers that are places in a list of names.
std::map<std::string, std::vector<std::string>> codes(const LawMapPlan& plan) {
  std::vector<std::string> optimizers;
  for (const MapOptimizer& optimizer : plan.optimizers) optimizers.push_back(optimizer.name);
  return {{"model", names_of(plan.models)}, {"loss", names_of(plan.losses)}, {"noise", names_of(plan.noises)},
          {"optimizer", optimizers},        {"step_rule", step_rule_names},  {"schedule", schedule_names},
          {"stop_reason", stop_reasons},    {"law_zero", gap_law_names},     {"law_floor", gap_law_names},
          {"curve_law_zero", curve_laws},   {"curve_law_floor", curve_laws}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

Json json_of(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json());
  return list;
}

double number_of(const Json& json) { return json.is_number() ? json.get<double>() : nan; }

// The steps of the last stage that are in the file: the same for every run, whatever the step at which it ended.
std::vector<double> recorded_steps(const LawMapPlan& plan) {
  std::vector<double> steps;
  for (long step = 0; step <= plan.steps; ++step) {
    if (is_recorded(step, step, 0, map_records_per_decade)) steps.push_back(static_cast<double>(step));
  }
  return steps;
}

// The curve of every run at these steps, NaN after its end. The record that closes a run may lie between two of them.
std::vector<double> rows_of(std::span<const StoredRun> runs, const std::string& name,
                            const std::vector<double>& steps) {
  std::vector<double> values;
  for (const StoredRun& run : runs) {
    const std::vector<double>&own = run.curves.at("step"), &curve = run.curves.at(name);
    for (const double step : steps) {
      const auto at = std::lower_bound(own.begin(), own.end(), step);
      const auto place = static_cast<std::size_t>(at - own.begin());
      values.push_back(at != own.end() && *at == step && place < curve.size() ? curve[place] : nan);
    }
  }
  return values;
}

std::vector<double> decades_of(std::span<const StoredRun> runs, const std::string& name) {
  std::vector<double> values;
  for (const StoredRun& run : runs) values.insert(values.end(), run.curves.at(name).begin(), run.curves.at(name).end());
  return values;
}

}  // namespace

StoredRun stored_run(const MapCell& cell, std::size_t place, const CellRun& run) {
  StoredRun stored;
  stored.numbers = {{"cell", static_cast<double>(place)},
                    {"model", static_cast<double>(cell.model)},
                    {"loss", static_cast<double>(cell.loss)},
                    {"noise", static_cast<double>(cell.noise)},
                    {"optimizer", static_cast<double>(cell.optimizer)},
                    {"step_rule", static_cast<double>(cell.rule)},
                    {"schedule", static_cast<double>(cell.schedule)},
                    {"seed", static_cast<double>(run.seed)},
                    {"stop_reason", place_of(stop_reasons, run.stop_reason)},
                    {"steps", static_cast<double>(run.steps)},
                    {"learning_rate", run.learning_rate},
                    {"passes_per_step", static_cast<double>(run.passes_per_step)},
                    {"pure", run.pure ? 1.0 : 0.0},
                    {"floor", run.floor},
                    {"limit", run.limit},
                    {"curvature_min", run.curvature_min},
                    {"curvature_max", run.curvature_max}};
  stored.curves = {{"step", {run.step.begin(), run.step.end()}},
                   {"prediction_loss", run.prediction_loss},
                   {"excess", run.excess},
                   {"predicted_excess", run.predicted_excess},
                   {"lambda_min", run.lambda_min},
                   {"lambda_ratio", run.lambda_ratio},
                   {"lambda_over_loss", run.lambda_over_loss}};
  store_gap(stored, "zero", run.to_zero);
  store_gap(stored, "floor", run.to_floor);
  return stored;
}

std::string line_of(const StoredRun& run) {
  Json numbers = Json::object(), curves = Json::object();
  for (const auto& [name, value] : run.numbers) numbers[name] = std::isfinite(value) ? Json(value) : Json();
  for (const auto& [name, values] : run.curves) curves[name] = json_of(values);
  return Json{{"numbers", numbers}, {"curves", curves}}.dump();
}

namespace {

bool is_curve(const Json& json) {
  return json.is_array() &&
         std::all_of(json.begin(), json.end(), [](const Json& value) { return value.is_number() || value.is_null(); });
}

// What is used as a place in a list must be one; what is larger than any list is refused where the list is known.
void require_place(const StoredRun& run, const std::string& name, std::size_t count, const std::string& source) {
  const double value = run.number(name);
  if (!(value >= 0 && value < static_cast<double>(count)) || value != std::floor(value))
    throw InputError(source, name, shown(value), "a whole number from 0 to " + std::to_string(count - 1));
}

}  // namespace

StoredRun run_of_line(const std::string& line, const std::string& source) {
  static const StoredRun blank = stored_run(MapCell(), 0, CellRun());
  const Json json = parse_json(line, source);
  const auto part = [&](const char* name) -> const Json& {
    if (!json.is_object() || !json.contains(name) || !json[name].is_object())
      throw InputError(source, "", shown(json), "a run of this map");
    return json[name];
  };
  const Json &numbers = part("numbers"), &curves = part("curves");
  StoredRun run;
  for (const auto& [name, unused] : blank.numbers) {
    if (!numbers.contains(name) || !(numbers[name].is_number() || numbers[name].is_null()))
      throw InputError(source, "numbers", shown(numbers), name + ", a number or null");
    run.numbers[name] = number_of(numbers[name]);
  }
  for (const auto& [name, unused] : blank.curves) {
    if (!curves.contains(name) || !is_curve(curves[name]))
      throw InputError(source, "curves", shown(curves), name + ", a list of numbers and nulls");
    for (const Json& value : curves[name]) run.curves[name].push_back(number_of(value));
  }
  for (const std::string& name : integers) require_place(run, name, std::size_t{1} << 53, source);
  for (const char* name : {"law_zero", "law_floor"}) require_place(run, name, gap_law_names.size(), source);
  for (const char* name : {"steps_to_eps_zero", "steps_to_eps_floor"}) {
    if (run.curves[name].size() != eps_decades + 1)
      throw InputError(source, name, std::to_string(run.curves[name].size()) + " numbers",
                       std::to_string(eps_decades + 1));
  }
  return run;
}

analysis::Dataset consolidated(const LawMapPlan& plan, std::span<const StoredRun> runs) {
  const std::vector<double> steps = recorded_steps(plan);
  analysis::Dataset file;
  file.dimensions = {{"run", runs.size()}, {"step", steps.size()}, {"eps", eps_decades + 1}};
  file.variables.push_back(
      {"step", {"step"}, std::vector<std::int64_t>(steps.begin(), steps.end()), "", "step of the last stage", {}});
  std::vector<double> eps;
  for (int decade = 0; decade <= eps_decades; ++decade) eps.push_back(std::pow(10.0, -decade));
  file.variables.push_back({"eps", {"eps"}, eps, "1", "gap", {}});
  const auto meanings = codes(plan);
  for (const auto& [name, unused] : runs.front().numbers) {
    std::vector<double> values;
    for (const StoredRun& run : runs) values.push_back(run.number(name));
    const auto words = meanings.find(name);
    const std::string text = descriptions().contains(name) ? descriptions().at(name) : name;
    if (integers.contains(name))
      file.variables.push_back({name, {"run"}, std::vector<std::int64_t>(values.begin(), values.end()), "1", text, {}});
    else if (words == meanings.end())
      file.variables.push_back({name, {"run"}, values, "1", text, {}});
    else
      file.variables.push_back({name,
                                {"run"},
                                std::vector<std::int8_t>(values.begin(), values.end()),
                                "",
                                text,
                                {},
                                {{"flag_meanings", joined(words->second)}}});
  }
  for (const auto& [name, unused] : runs.front().curves) {
    if (name == "step") continue;
    const bool over_eps = name.starts_with("steps_to_eps");
    file.variables.push_back({name,
                              {"run", over_eps ? "eps" : "step"},
                              over_eps ? decades_of(runs, name) : rows_of(runs, name, steps),
                              "1",
                              descriptions().at(name),
                              {}});
  }
  return file;
}

}  // namespace lemmata::scenarios
