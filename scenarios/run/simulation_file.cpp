#include "scenarios/run/run_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {

RunOutcome run_simulation_to_file(const Scenario& scenario, const std::filesystem::path& target, const RunTeam& team,
                                  const StepTick& tick, const CheckpointPlan& plan) {
  const std::unique_ptr<Simulation> simulation = make_simulation(scenario, team.team);
  const StateVisit state = [&](StateFields& fields) { simulation->state(fields); };
  std::unique_lock files(team.files);  // not held while simulating
  const analysis::ResultLayout layout = layout_of(recorded_variables(*simulation), simulation->dimensions());
  RunFile file(scenario, target, layout, team, tick, plan);
  const analysis::Dataset initial = simulation->parameters();
  const SchedulePlace* from = file.place();
  if (from) simulation->begin_stage(scenario.config.stages[static_cast<std::size_t>(from->stage)]);
  file.begin(provenance(scenario, team.threads), initial, state);
  files.unlock();
  SimulationHooks hooks;
  hooks.between = [&](const SchedulePlace& place) { file.between(place, state); };
  hooks.tick = [&] { return file.tick(); };
  hooks.record = [&](long step, const Row& row) { file.record(step, row); };
  const sim::TrainingResult training = simulate(*simulation, scenario, hooks, from);
  return file.finish(training, {{"final", simulation->parameters()}}, state);
}

}  // namespace lemmata::scenarios
