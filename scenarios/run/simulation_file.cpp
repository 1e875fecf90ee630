#include <chrono>

#include "analysis/result_writer.h"
#include "scenarios/run/checkpoint.h"
#include "scenarios/run/result_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

void note_losses(const Row& row, RunOutcome& outcome) {
  if (const auto loss = row.find("loss"); loss != row.end()) outcome.loss = loss->second.at(0);
}

}  // namespace

RunOutcome run_simulation_to_file(const Scenario& scenario, const std::filesystem::path& target, const RunTeam& team,
                                  const StepTick& tick, const CheckpointPlan& plan) {
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<Simulation> simulation = make_simulation(scenario, team.team);
  std::unique_lock files(team.files);  // not held while simulating
  const analysis::ResultLayout layout = layout_of(recorded_variables(*simulation), simulation->dimensions());
  Checkpoint checkpoint(scenario, target, layout, plan);
  analysis::ResultWriter writer(target, layout, provenance(scenario, team.threads));
  writer.write_group("initial", simulation->parameters());
  RunOutcome outcome;
  const SchedulePlace* from = nullptr;
  checkpoint.begin();
  if (checkpoint.place()) {
    from = &*checkpoint.place();
    simulation->begin_stage(scenario.config.stages[static_cast<std::size_t>(from->stage)]);
    checkpoint.restore(*simulation);
    checkpoint.replay([&](long step, const Row& row) {
      writer.append(step, row);
      note_losses(row, outcome);
    });
    writer.set_attribute("resumed_from_step", std::int64_t{from->steps});
    if (plan.on_resume) plan.on_resume(from->steps);
  }
  files.unlock();
  SchedulePlace here;
  SimulationHooks hooks;
  hooks.between = [&](const SchedulePlace& place) {
    here = place;
    if (!checkpoint.is_due()) return;
    const std::lock_guard lock(team.files);
    checkpoint.write(place, *simulation);
  };
  hooks.record = [&](long step, const Row& row) {
    const std::lock_guard lock(team.files);
    writer.append(step, row);
    checkpoint.record(step, row);
    note_losses(row, outcome);
  };
  hooks.tick = [&] {  // records may lie far apart
    if (writer.is_flush_due()) {
      const std::lock_guard lock(team.files);
      writer.flush_if_due();
    }
    return !tick || tick();
  };
  outcome.training = simulate(*simulation, scenario, hooks, from);
  outcome.wall_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  files.lock();
  const bool is_interrupted = outcome.training.stop_reason == "interrupted";
  if (is_interrupted) checkpoint.write(here, *simulation);
  writer.write_group("final", simulation->parameters());
  close_result(writer, outcome);
  if (!is_interrupted) checkpoint.remove();
  return outcome;
}

}  // namespace lemmata::scenarios
