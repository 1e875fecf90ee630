#include "sim/train/trainer.h"

#include <cmath>

#include "sim/error.h"
#include "sim/loss/loss.h"
#include "sim/train/stage.h"

namespace lemmata::sim {

Experiment make_experiment(const Config& config) {
  const DataLawEntry& law = data_law_named(config.data.law);
  Experiment experiment;
  experiment.config = config;
  const Purpose purpose = config.data.sampling == "fresh" ? Purpose::fresh : Purpose::data;
  experiment.data = std::make_shared<const Dataset>(law.generate(config.data, {config.seed, purpose, 0}));
  if (config.data.heldout > 0) {
    experiment.heldout = std::make_shared<const Dataset>(law.generate(config.data, {config.seed, Purpose::heldout, 0}));
  }
  const Architecture architecture = build_architecture(config.model);
  experiment.initial = initial_parameters(architecture, config.model.init, experiment.data->features(), config.seed);
  check_stages(config);
  return experiment;
}

TrainingState initial_state(const Experiment& experiment) {
  TrainingState state;
  state.parameters = experiment.initial;
  return state;
}

TrainingResult train(const Experiment& experiment, TrainingState& state, Observer& observer, ThreadTeam* team) {
  const Config& config = experiment.config;
  check_stages(config);
  Problem problem(build_architecture(config.model), *loss_named(config.loss.kind).loss, experiment.data, team);
  TrainingResult result;
  const auto finished = [&](const char* reason) {
    result.stop_reason = reason;
    result.steps = state.step;
    return result;
  };
  std::size_t last = 0;
  for (; state.stage < static_cast<int>(config.stages.size()); ++state.stage, state.stage_step = 0) {
    last = static_cast<std::size_t>(state.stage);
    StageRun stage(experiment, config.stages[last], problem, state);
    while (state.stage_step < config.stages[last].steps) {
      stage.evaluate();
      if (!stage.is_finite()) return finished("diverged");
      result.last_finite_step = state.step;
      if (stage.should_stop()) break;
      if (!observer.observe(stage.snapshot(false))) return finished("interrupted");
      stage.update();
      ++state.stage_step, ++state.step;
    }
  }
  state.stage = static_cast<int>(last);   // the closing record keeps the last stage
  StageRun closing(experiment, config.stages[last], problem, state);
  closing.evaluate();
  if (!closing.is_finite()) return finished("diverged");
  result.last_finite_step = state.step;
  return finished(observer.observe(closing.snapshot(true)) ? "completed" : "interrupted");
}

}  // namespace lemmata::sim
