#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/run/record_schedule.h"
#include "scenarios/system/system.h"
#include "sim/error.h"

namespace lemmata::scenarios {

bool is_mixture(const Scenario& scenario) { return scenario.settings.system == "mixture"; }

void require_mixture(const Scenario& scenario) {
  if (!is_mixture(scenario))
    throw InputError(scenario.origins.source_of("system"), "system", scenario.settings.system,
                     "mixture, which this is about");
}

std::unique_ptr<Simulation> make_simulation(const Scenario& scenario, sim::ThreadTeam* team) {
  const Settings& settings = scenario.settings;
  const SystemEntry& system = system_named(settings.system);
  const double needed = system.bytes(settings), machine = machine_memory();
  if (machine > 0 && !(needed <= machine))
    throw InputError(scenario.origins.source_of("model"), "model", "sizes that need " + bytes_in_words(needed),
                     "at most the " + bytes_in_words(machine) + " of this machine");
  try {
    return system.make(settings, team);
  } catch (const sim::ConfigError& error) {
    throw scenario.located(error);
  }
}

std::vector<analysis::VariableSpec> recorded_variables(const Simulation& simulation) {
  std::vector<analysis::VariableSpec> list = {
      {"stage", {"step"}, analysis::ElementType::int8, "1", "stage, from 1, whose update follows"}};
  for (const analysis::VariableSpec& variable : simulation.variables()) list.push_back(variable);
  return list;
}

sim::TrainingResult simulate(Simulation& simulation, const Scenario& scenario,
                             const std::function<void(long step, const Row& row)>& sink,
                             const std::function<bool()>& tick) {
  const RecordSettings& record = scenario.settings.record;
  const std::vector<sim::StageConfig>& stages = scenario.config.stages;
  sim::TrainingResult result;
  const auto ended = [&](const char* reason) {
    result.stop_reason = reason;
    return result;
  };
  const auto take_record = [&](std::size_t stage) {
    Row row = {{"stage", {static_cast<double>(stage + 1)}}};
    simulation.measure(row);
    sink(result.steps, row);
  };
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    simulation.begin_stage(stages[stage]);
    for (long stage_step = 0; stage_step < stages[stage].steps; ++stage_step, ++result.steps) {
      if (!simulation.is_finite()) return ended("diverged");
      result.last_finite_step = result.steps;
      if (tick && !tick()) return ended("interrupted");
      if (is_recorded(result.steps, stage_step, record.every.steps, record.per_decade)) take_record(stage);
      simulation.update();
    }
  }
  if (!simulation.is_finite()) return ended("diverged");
  result.last_finite_step = result.steps;
  if (tick && !tick()) return ended("interrupted");
  take_record(stages.size() - 1);
  return ended("completed");
}

}  // namespace lemmata::scenarios
