#include <iterator>

#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/run/record_schedule.h"
#include "scenarios/system/system.h"
#include "sim/error.h"
#include "sim/numerics/invalid_operations.h"

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
  require_memory(scenario, system.bytes(settings));
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

sim::TrainingResult simulate(Simulation& simulation, const Scenario& scenario, const SimulationHooks& hooks,
                             const SchedulePlace* from) {
  const RecordSettings& record = scenario.settings.record;
  const std::vector<sim::StageConfig>& stages = scenario.config.stages;
  SchedulePlace place = from ? *from : SchedulePlace();
  sim::TrainingResult result;
  sim::forget_invalid_operations();
  result.last_finite_step = place.steps - 1;
  const auto ended = [&](const char* reason) {
    result.stop_reason = reason;
    result.steps = place.steps;
    return result;
  };
  const auto may_go_on = [&] {  // the reason if not
    if (hooks.between) hooks.between(place);
    if (!simulation.is_finite()) return "diverged";
    sim::require_no_invalid_operation(place.steps);
    result.last_finite_step = place.steps;
    return hooks.tick && !hooks.tick() ? "interrupted" : "";
  };
  const auto take_record = [&] {
    Row row = {{"stage", {static_cast<double>(place.stage + 1)}}};
    simulation.measure(row);
    hooks.record(place.steps, row);
  };
  for (; place.stage < std::ssize(stages); ++place.stage, place.stage_step = 0) {
    const sim::StageConfig& stage = stages[static_cast<std::size_t>(place.stage)];
    if (!from || place.stage > from->stage) simulation.begin_stage(stage);
    for (; place.stage_step < stage.steps; ++place.stage_step, ++place.steps) {
      if (const std::string reason = may_go_on(); !reason.empty()) return ended(reason.c_str());
      if (is_recorded(place.steps, place.stage_step, record.every.steps, record.per_decade)) take_record();
      sim::forget_invalid_operations();  // of the record
      simulation.update();
    }
  }
  place = {place.stage - 1, stages.back().steps, place.steps};
  if (const std::string reason = may_go_on(); !reason.empty()) return ended(reason.c_str());
  take_record();
  return ended("completed");
}

}  // namespace lemmata::scenarios
