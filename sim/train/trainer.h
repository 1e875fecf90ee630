#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/config.h"
#include "sim/data/law.h"
#include "sim/model/problem.h"

namespace lemmata::sim {

/// Memory of an optimiser for one block; a plain value, so a checkpoint is a copy.
struct OptimizerMemory {
  Matrix first, second;  ///< of the block's shape once used
  long updates = 0;
};

/// Everything that changes during training, as a plain value.
struct TrainingState {
  Parameters parameters;
  std::map<std::string, OptimizerMemory> memory;  ///< per block; cleared when a stage begins
  long step = 0;                                  ///< counts across stages
  int stage = 0;                                  ///< index into the schedule
  long stage_step = 0;                            ///< updates done in the current stage
  double best_objective = 0;                      ///< of the current stage, for the no-progress rule
  long best_stage_step = 0;                       ///< where it was last improved
};

/// What an observer sees BEFORE update `step`, with that update's routing draw.
struct Snapshot {
  const TrainingState& state;
  const StageConfig& stage;
  bool closing;  ///< after the last update: no update follows
  const Routing& routing;
  const Evaluation& evaluation;  ///< gradient: of the blocks trained in this stage, as the update uses it
  Problem& problem;
};

/// Sees every step; decides itself what to record.
class Observer {
 public:
  virtual ~Observer() = default;
  /// @return false to interrupt the training after this observation.
  virtual bool observe(const Snapshot& snapshot) = 0;
};

/// Why and where training ended.
struct TrainingResult {
  std::string stop_reason;     ///< "completed" | "diverged" | "interrupted"
  long last_finite_step = -1;  ///< the last step whose objective was finite
  long steps = 0;              ///< updates done
};

/// Initial values, data and problem of an experiment; built once per run.
struct Experiment {
  Config config;
  std::shared_ptr<const Dataset> data;     ///< as generated or loaded
  std::shared_ptr<const Dataset> heldout;  ///< null if there is none
  Parameters initial;
  std::vector<Matrix>
      recorded_noise;  ///< per step (expert, sample): draws to use in place of random ones; may be empty
};

/// Generates the data and the initial values of `config`. @throws ConfigError.
Experiment make_experiment(const Config& config);

/// Checks stages against the model: blocks that exist, optimisers known and fit for the block, numbers in range.
/// @throws ConfigError("stages.<index>.<key>", ...).
void check_stages(const Config& config);

/// Runs the schedule. Divergence (a non-finite objective or parameter) is a result, never an exception.
/// @param state  in: where to start (a fresh one from `initial_state`); out: where it ended.
TrainingResult train(const Experiment& experiment, TrainingState& state, Observer& observer,
                     ThreadTeam* team = nullptr);

TrainingState initial_state(const Experiment& experiment);

}  // namespace lemmata::sim
