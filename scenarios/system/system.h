#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/metrics/metric.h"
#include "scenarios/system/state_fields.h"
#include "sim/parallel.h"
#include "sim/train/trainer.h"

// What a scenario's "system" may be. The mixtures have a trainer, metrics and files of their own; every other system is
// a Simulation, and all that is said of steps, records and result files in contract.md holds for it.
namespace lemmata::scenarios {

/// A system in progress: it is measured where it stands, then moved on by a step.
class Simulation {
 public:
  virtual ~Simulation() = default;
  /// What it records, without `stage`; names in the first dimension are "step".
  virtual std::vector<analysis::VariableSpec> variables() const = 0;
  virtual Dimensions dimensions() const = 0;
  /// Its parameters, as the groups `initial` and `final` of a result file hold them.
  virtual analysis::Dataset parameters() const = 0;
  virtual void begin_stage(const sim::StageConfig& stage) = 0;
  /// Whether it can go on; asked before every step.
  virtual bool is_finite() = 0;
  /// Adds the values of every variable to `row`; asked only where a step is recorded.
  virtual void measure(Row& row) = 0;
  /// One step of the present stage.
  virtual void update() = 0;
  /// Names all that changes from step to step, for checkpoints: between two steps of a stage that has begun.
  virtual void state(StateFields& fields) = 0;
};

/// One system: a file of its own, a line in list.def, its config in scenarios/configuration/settings.h and the table of
/// its keys in fields.h.
struct SystemEntry {
  std::string name, description, source;
  std::vector<std::string> blocks;  ///< what a stage may train; none where a step is a draw
  /// Conditions that the schema cannot say. @throws sim::ConfigError with the key's path.
  void (*check)(const Settings& settings);
  /// Bytes that a run holds, an estimate from the settings alone.
  double (*bytes)(const Settings& settings);
  /// Ready at step 0, before the first stage. Null for the mixtures.
  std::unique_ptr<Simulation> (*make)(const Settings& settings, sim::ThreadTeam* team);
};

std::span<const SystemEntry> systems();

/// @throws sim::ConfigError("system", ...) on an unknown name.
const SystemEntry& system_named(const std::string& name);

/// Whether the scenario is a mixture, which all but `run`, `describe` and claims ask for.
bool is_mixture(const Scenario& scenario);

/// @throws InputError("system", ...) unless it is.
void require_mixture(const Scenario& scenario);

/// The scenario's system, ready at step 0. @throws InputError, also if it would not fit this machine's memory.
std::unique_ptr<Simulation> make_simulation(const Scenario& scenario, sim::ThreadTeam* team = nullptr);

/// All that is recorded: `stage`, then the simulation's own.
std::vector<analysis::VariableSpec> recorded_variables(const Simulation& simulation);

/// Where a schedule stands: before update `stage_step` of a stage, both from 0, `steps` updates done in all.
struct SchedulePlace {
  long stage = 0, stage_step = 0, steps = 0;
};

/// What a run calls; all but `record` may be empty.
struct SimulationHooks {
  std::function<void(long step, const Row& row)> record = {};    ///< with every recorded row
  std::function<bool()> tick = {};                               ///< at every step; return false to interrupt
  std::function<void(const SchedulePlace& place)> between = {};  ///< before anything of a step is done
};

/// Runs the schedule. Divergence is a result.
/// @param from  where the simulation stands, its stage begun and its state restored; null = at the start, ready.
/// Checked by: tests/scenarios/system_test.cpp, tests/scenarios/resume_test.py.
sim::TrainingResult simulate(Simulation& simulation, const Scenario& scenario, const SimulationHooks& hooks,
                             const SchedulePlace* from = nullptr);

}  // namespace lemmata::scenarios
