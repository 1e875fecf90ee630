#include "scenarios/run/result_file.h"

#include <unistd.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "scenarios/build.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/parameter_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

analysis::Attributes mixture_provenance(const Scenario& scenario, int threads) {
  analysis::Attributes attributes = provenance(scenario, threads);
  attributes["token_kinds"] = "0 class signal, 1 label signal, 2 distractor, 3 noise";
  return attributes;
}

// What a file says of a run once it has ended.
void finish_file(analysis::ResultWriter& writer, const sim::Architecture& architecture, const sim::TrainingState& state,
                 const Recorder& recorder, const RunOutcome& outcome) {
  writer.write_group("final", parameter_variables(architecture, state.parameters));
  writer.write_group("steps_to_eps", steps_to_eps_group(recorder.from_start(), recorder.from_last_stage()));
  close_result(writer, outcome);
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

analysis::ResultLayout layout_of(const std::vector<analysis::VariableSpec>& variables, const Dimensions& dimensions) {
  analysis::ResultLayout layout;
  layout.recorded = variables;
  for (const analysis::VariableSpec& variable : variables) {
    for (const std::string& name : variable.dimensions) {
      if (name != "step") layout.dimensions[name] = dimensions.at(name);
    }
  }
  return layout;
}

void close_result(analysis::ResultWriter& writer, const RunOutcome& outcome) {
  writer.set_attribute("wall_time_s", outcome.wall_time);
  writer.set_attribute("stop_reason", outcome.training.stop_reason);
  writer.set_attribute("last_finite_step", std::int64_t{outcome.training.last_finite_step});
  writer.finish();
}

void require_ready(const Scenario& scenario) {
  if (is_mixture(scenario))
    prepare_experiment(scenario);
  else
    make_simulation(scenario);
}

RecordPlan record_plan(const Scenario& scenario) {
  const RecordSettings& record = scenario.settings.record;
  return {record.every.steps, record.per_decade, record.metrics};
}

analysis::Attributes provenance(const Scenario& scenario, int threads) {
  const Build now = build();
  Json stages = Json::array();
  for (const sim::StageConfig& stage : scenario.config.stages) stages.push_back(stage.name);
  return {{"scenario", scenario.settings_json},
          {"config_hash", scenario.config_hash},
          {"seed", static_cast<std::int64_t>(scenario.config.seed)},
          {"lemmata_version", now.version},
          {"git_commit", now.git_commit},
          {"git_dirty", std::int64_t{now.git_dirty}},
          {"compiler", now.compiler},
          {"flags", now.flags},
          {"simd", now.simd},
          {"threads", std::int64_t{threads}},
          {"host", host_name()},
          {"stages", stages.dump()},
          {"started", utc_now()},
          {"resumed_from_step", std::int64_t{0}}};
}

analysis::Dataset steps_to_eps_group(const analysis::StepsToEps& from_start,
                                     const analysis::StepsToEps& from_last_stage) {
  const auto steps = [](const analysis::StepsToEps& tracked) {
    std::vector<std::int64_t> list;
    for (const long step : tracked.steps()) list.push_back(step == -1 ? analysis::missing_int64 : step);
    return list;
  };
  analysis::Dataset group;
  group.dimensions["eps"] = from_start.levels().size();
  group.variables = {{"eps", {"eps"}, from_start.levels(), "1", "threshold of the prediction loss", {}},
                     {"from_start",
                      {"eps"},
                      steps(from_start),
                      "step",
                      "first step with prediction_loss <= eps",
                      analysis::missing_int64},
                     {"from_last_stage",
                      {"eps"},
                      steps(from_last_stage),
                      "step",
                      "the same, counted from the start of the last stage",
                      analysis::missing_int64}};
  return group;
}

RunOutcome run_to_file(const Scenario& scenario, const std::filesystem::path& target, const RunTeam& team,
                       const StepTick& tick, const CheckpointPlan& plan) {
  if (!is_mixture(scenario)) return run_simulation_to_file(scenario, target, team, tick, plan);
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock files(team.files);  // not held while training
  const sim::Experiment experiment = prepare_experiment(scenario);
  const sim::Architecture architecture = sim::build_architecture(experiment.config.model);
  std::unique_ptr<analysis::ResultWriter> writer;
  std::vector<analysis::VariableSpec> variables;
  std::vector<std::span<const double>> values;
  RunOutcome outcome;
  const auto append = [&](long step, const Row& row) {
    const std::lock_guard lock(team.files);
    values.clear();
    for (const analysis::VariableSpec& variable : variables) values.emplace_back(row.at(variable.name));
    writer->append(step, values);
    outcome.loss = row.at("loss")[0];
    outcome.prediction_loss = row.at("prediction_loss")[0];
    return true;
  };
  const auto each_step = [&](const sim::Snapshot&) {  // records may lie far apart
    if (writer->is_flush_due()) {
      const std::lock_guard lock(team.files);
      writer->flush_if_due();
    }
    return !tick || tick();
  };
  Recorder recorder(experiment, record_plan(scenario), append, each_step);
  variables = recorder.variables();
  writer = std::make_unique<analysis::ResultWriter>(target, layout_of(variables, dimensions_of(experiment)),
                                                    mixture_provenance(scenario, team.threads));
  writer->write_group("initial", parameter_variables(architecture, experiment.initial));
  files.unlock();
  sim::TrainingState state = sim::initial_state(experiment);
  outcome.training = sim::train(experiment, state, recorder, team.team);
  outcome.wall_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  files.lock();
  finish_file(*writer, architecture, state, recorder, outcome);
  return outcome;
}

}  // namespace lemmata::scenarios
