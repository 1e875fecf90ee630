#include "scenarios/run/result_file.h"

#include <unistd.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "scenarios/build.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/experiment/parameter_file.h"
#include "scenarios/run/run_file.h"
#include "scenarios/system/system.h"
#include "scenarios/system/training_state.h"

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

void require_ready(const Scenario& scenario, long side_by_side) {
  const auto require_all = [&](const sim::Config& config) {
    require_memory(scenario, static_cast<double>(side_by_side) * memory_bytes(scenario, config));
  };
  if (scenario.settings.data_file.empty()) require_all(scenario.config);  // before any of it is made
  if (is_mixture(scenario))
    require_all(prepare_experiment(scenario).config);
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
          {"git_dirty", std::int64_t{now.is_dirty()}},
          {"git_changes", now.git_changes},
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
  std::unique_lock files(team.files);  // not held while training
  const sim::Experiment experiment = prepare_experiment(scenario);
  const sim::Architecture architecture = sim::build_architecture(experiment.config.model);
  sim::TrainingState training = sim::initial_state(experiment);
  std::optional<RunFile> file;
  const auto append = [&](long step, const Row& row) {
    file->record(step, row);
    return true;
  };
  StateVisit state;
  const auto each_step = [&](const sim::Snapshot& at) {
    file->between({at.state.stage, at.closing ? at.stage.steps : at.state.stage_step, at.state.step}, state);
    return file->tick();
  };
  Recorder recorder(experiment, record_plan(scenario), append, each_step);
  state = [&](StateFields& fields) {
    training_fields(training, fields);
    recorder.state(fields);
  };
  file.emplace(scenario, target, layout_of(recorder.variables(), dimensions_of(experiment)), team, tick, plan);
  if (const SchedulePlace* from = file->place())
    training.stage = static_cast<int>(from->stage), training.stage_step = from->stage_step, training.step = from->steps;
  file->begin(mixture_provenance(scenario, team.threads), parameter_variables(architecture, experiment.initial), state);
  files.unlock();
  const sim::TrainingResult result = sim::train(experiment, training, recorder, team.team);
  return file->finish(result,
                      {{"final", parameter_variables(architecture, training.parameters)},
                       {"steps_to_eps", steps_to_eps_group(recorder.from_start(), recorder.from_last_stage())}},
                      state);
}

}  // namespace lemmata::scenarios
