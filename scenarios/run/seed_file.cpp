#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/line_file.h"
#include "analysis/part_file.h"
#include "analysis/result_writer.h"
#include "analysis/statistics.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/parameter_file.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/run/result_file.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Rows of all seeds on the union of their steps; what a seed did not record is NaN (integers: missing).
std::vector<double> on_union(const std::vector<RunResult>& runs, const std::vector<long>& steps, const std::string& name, std::size_t row) {
  std::vector<double> values(runs.size() * steps.size() * row, nan);
  for (std::size_t seed = 0; seed < runs.size(); ++seed) {
    const Trajectory& trajectory = runs[seed].trajectory;
    for (std::size_t i = 0; i < trajectory.steps.size(); ++i) {
      const auto place = static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), trajectory.steps[i]) - steps.begin());
      const std::vector<double>& from = trajectory.rows[i].at(name);
      std::copy(from.begin(), from.end(), values.begin() + static_cast<std::ptrdiff_t>((seed * steps.size() + place) * row));
    }
  }
  return values;
}

analysis::Variable variable_of(const std::vector<RunResult>& runs, const std::vector<long>& steps, const analysis::VariableSpec& spec, const Dimensions& dimensions) {
  std::size_t row = 1;
  for (std::size_t i = 1; i < spec.dimensions.size(); ++i) row *= dimensions.at(spec.dimensions[i]);
  std::vector<std::string> axes = {"seed"};
  axes.insert(axes.end(), spec.dimensions.begin(), spec.dimensions.end());
  const std::vector<double> values = on_union(runs, steps, spec.name, row);
  if (spec.type == analysis::ElementType::float64) return {spec.name, axes, values, spec.units, spec.description, {}};
  std::vector<std::int8_t> small;
  for (const double value : values) small.push_back(std::isnan(value) ? analysis::missing_int8 : static_cast<std::int8_t>(value));
  return {spec.name, axes, small, spec.units, spec.description, analysis::missing_int8};
}

// One group per seed, stacked along a leading `seed` axis; all have the same variables and shapes.
analysis::Dataset stack(const std::vector<analysis::Dataset>& parts) {
  analysis::Dataset stacked = parts.front();
  stacked.dimensions["seed"] = parts.size();
  for (std::size_t i = 0; i < stacked.variables.size(); ++i) {
    analysis::Variable& variable = stacked.variables[i];
    if (variable.dimensions == std::vector<std::string>{variable.name}) continue;   // a coordinate is common to all
    variable.dimensions.insert(variable.dimensions.begin(), "seed");
    for (std::size_t seed = 1; seed < parts.size(); ++seed) {
      std::visit([&](auto& all) {
        const auto& more = std::get<std::decay_t<decltype(all)>>(parts[seed].variables[i].values);
        all.insert(all.end(), more.begin(), more.end());
      }, variable.values);
    }
  }
  return stacked;
}

analysis::Dataset root_of(const std::vector<RunResult>& runs, std::span<const std::uint64_t> seeds, const analysis::Attributes& attributes) {
  std::set<long> distinct;
  for (const RunResult& run : runs) distinct.insert(run.trajectory.steps.begin(), run.trajectory.steps.end());
  const std::vector<long> steps(distinct.begin(), distinct.end());
  const Trajectory& first = runs.front().trajectory;
  analysis::Dataset root;
  root.attributes = attributes;
  root.dimensions = {{"seed", seeds.size()}, {"step", steps.size()}};
  root.variables.push_back({"seed", {"seed"}, std::vector<std::int64_t>(seeds.begin(), seeds.end()), "1", "seed of the run", {}});
  root.variables.push_back({"step", {"step"}, std::vector<std::int64_t>(steps.begin(), steps.end()), "1", "updates done before the record", {}});
  for (const analysis::VariableSpec& spec : first.variables) {
    for (const std::string& name : spec.dimensions) {
      if (name != "step") root.dimensions[name] = first.dimensions.at(name);
    }
    root.variables.push_back(variable_of(runs, steps, spec, first.dimensions));
  }
  std::vector<std::int8_t> completed;
  for (const RunResult& run : runs) completed.push_back(run.training.stop_reason == "completed" ? 1 : 0);
  std::vector<std::int64_t> last_finite;
  for (const RunResult& run : runs) last_finite.push_back(run.training.last_finite_step);
  root.variables.push_back({"last_finite_step", {"seed"}, last_finite, "step", "last step whose objective was finite", {}});
  root.variables.push_back({"completed", {"seed"}, completed, "1", "1 if the run of this seed completed its schedule", {}});
  return root;
}

// One line of x.jsonl per seed, when it ends.
std::string seed_line(std::uint64_t seed, const RunOutcome& outcome) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  return Json{{"seed", seed}, {"steps", outcome.training.steps}, {"last_finite_step", outcome.training.last_finite_step},
              {"loss", number(outcome.loss)}, {"prediction_loss", number(outcome.prediction_loss)}, {"stop_reason", outcome.training.stop_reason}}
      .dump();
}

// x.metrics.json, flat: medians over seeds of the last record, and what is common to all.
std::string metrics_text(const std::vector<RunOutcome>& outcomes, const std::string& reason, double wall_time) {
  std::vector<double> loss, prediction_loss;
  for (const RunOutcome& outcome : outcomes) {
    if (!std::isfinite(outcome.loss) || !std::isfinite(outcome.prediction_loss)) continue;
    loss.push_back(outcome.loss);
    prediction_loss.push_back(outcome.prediction_loss);
  }
  Json flat = {{"seeds", outcomes.size()}, {"finite_seeds", loss.size()}, {"stop_reason", reason}, {"wall_time_s", wall_time}};
  flat["loss_median"] = loss.empty() ? Json() : Json(analysis::median(loss));
  flat["prediction_loss_median"] = loss.empty() ? Json() : Json(analysis::median(prediction_loss));
  return flat.dump(2) + "\n";
}

std::string common_reason(const std::vector<RunResult>& runs) {
  for (const RunResult& run : runs) {
    if (run.training.stop_reason != runs.front().training.stop_reason) return "mixed";
  }
  return runs.front().training.stop_reason;
}

}  // namespace

std::vector<RunOutcome> run_seeds_to_file(const Scenario& scenario, std::span<const std::uint64_t> seeds, const std::filesystem::path& target,
                                          sim::ThreadTeam& team, const std::function<bool(std::size_t, const sim::Snapshot&)>& tick) {
  analysis::require_writable_target(target);
  const auto start = std::chrono::steady_clock::now();
  std::vector<RunResult> runs(seeds.size());
  std::vector<analysis::Dataset> initial(seeds.size()), final(seeds.size()), reached(seeds.size());
  std::vector<RunOutcome> outcomes(seeds.size());
  const RecordPlan plan = record_plan(scenario);
  analysis::LineFile lines(analysis::beside(target, ".jsonl"));
  team.run(static_cast<long>(seeds.size()), [&](long number, int) {
    const auto i = static_cast<std::size_t>(number);
    const sim::Experiment experiment = prepare_experiment(with_seed(scenario, seeds[i]));
    const sim::Architecture architecture = sim::build_architecture(experiment.config.model);
    runs[i] = run_in_memory(experiment, plan, nullptr, [&, i](const sim::Snapshot& snapshot) { return !tick || tick(i, snapshot); });
    initial[i] = parameter_variables(architecture, experiment.initial);
    final[i] = parameter_variables(architecture, runs[i].final.parameters);
    reached[i] = steps_to_eps_group(runs[i].from_start, runs[i].from_last_stage);
    outcomes[i].training = runs[i].training;
    if (!runs[i].trajectory.rows.empty()) {
      outcomes[i].loss = runs[i].trajectory.rows.back().at("loss")[0];
      outcomes[i].prediction_loss = runs[i].trajectory.rows.back().at("prediction_loss")[0];
    }
    lines.append(seed_line(seeds[i], outcomes[i]));
  });
  const double wall_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  analysis::Attributes attributes = provenance(scenario, team.threads());
  attributes["seed"] = static_cast<std::int64_t>(seeds.front());
  attributes["wall_time_s"] = wall_time;
  attributes["stop_reason"] = common_reason(runs);
  analysis::write_dataset(target, root_of(runs, seeds, attributes), {{"initial", stack(initial)}, {"final", stack(final)}, {"steps_to_eps", stack(reached)}});
  analysis::write_text_atomically(analysis::beside(target, ".metrics.json"), metrics_text(outcomes, common_reason(runs), wall_time));
  for (RunOutcome& outcome : outcomes) outcome.wall_time = wall_time;
  return outcomes;
}

}  // namespace lemmata::scenarios
