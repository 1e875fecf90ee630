#include <chrono>

#include "analysis/result_writer.h"
#include "scenarios/run/result_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

void note_losses(const Row& row, RunOutcome& outcome) {
  if (const auto loss = row.find("loss"); loss != row.end()) outcome.loss = loss->second.at(0);
}

}  // namespace

RunOutcome run_simulation_to_file(const Scenario& scenario, const std::filesystem::path& target, const RunTeam& team,
                                  const StepTick& tick) {
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<Simulation> simulation = make_simulation(scenario, team.team);
  std::unique_lock files(team.files);  // not held while simulating
  analysis::ResultWriter writer(target, layout_of(recorded_variables(*simulation), simulation->dimensions()),
                                provenance(scenario, team.threads));
  writer.write_group("initial", simulation->parameters());
  files.unlock();
  RunOutcome outcome;
  const auto append = [&](long step, const Row& row) {
    const std::lock_guard lock(team.files);
    writer.append(step, row);
    note_losses(row, outcome);
  };
  const auto each_step = [&] {  // records may lie far apart
    if (writer.is_flush_due()) {
      const std::lock_guard lock(team.files);
      writer.flush_if_due();
    }
    return !tick || tick();
  };
  outcome.training = simulate(*simulation, scenario, append, each_step);
  outcome.wall_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  files.lock();
  writer.write_group("final", simulation->parameters());
  close_result(writer, outcome);
  return outcome;
}

}  // namespace lemmata::scenarios
