#include "scenarios/measure/stage_sweep.h"

#include <algorithm>
#include <limits>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/planted_end.h"
#include "scenarios/measure/schedule_outcome.h"
#include "scenarios/measure/trained_floor.h"

namespace lemmata::scenarios {
namespace {

// Stage I at another rate and length, then the last stage until 1e-6 is reached.
void shorten(std::vector<sim::StageConfig>& stages, long length, double rate, long budget) {
  stages.erase(stages.begin() + 1, stages.end() - 1);
  stages.front().steps = length;
  stages.front().train.at("ffn").learning_rate = rate;
  stages.back().steps = budget - length;
  for (sim::StageConfig& stage : stages) stage.stop.loss = schedule_eps;
}

template <class ExperimentOf>
StageSweep sweep_to_eps(const std::vector<long>& lengths, const ExperimentOf& experiment_of) {
  StageSweep sweep;
  for (const long length : lengths) {
    sweep.length.push_back(static_cast<double>(length));
    sweep.value.push_back(schedule_outcome(experiment_of(length)).steps);
  }
  return sweep;
}

}  // namespace

void fields_of(StageSweep& sweep, Fields& fields) {
  fields.series("length", "run", sweep.length, "steps of the stage that is varied");
  fields.series("value", "run", sweep.value, "T(1e-6), one more than the budget if not reached; or the held-out loss");
}

StageSweep first_stage_sweep(const Scenario& scenario, long seed, const std::vector<long>& lengths, double rate,
                             long budget) {
  return sweep_to_eps(lengths, [&](long length) {
    Scenario one = with_seed(scenario, static_cast<std::uint64_t>(seed));
    shorten(one.config.stages, length, rate, budget);
    return prepare_experiment(one);
  });
}

StageSweep planted_stage_sweep(const Scenario& scenario, long seed, const std::vector<long>& lengths, double rate,
                               long budget) {
  const long experts = scenario.config.model.experts, classes = scenario.config.data.classes;
  const FinalState planted = planted_end(scenario, seed, classes_in_turn(experts, classes));
  return sweep_to_eps(lengths, [&](long length) {
    sim::Experiment experiment = planted.experiment;
    experiment.initial.gate = planted.state.parameters.gate;
    shorten(experiment.config.stages, length, rate, budget);
    for (sim::StageConfig& stage : experiment.config.stages) stage.train.erase("gate");
    return experiment;
  });
}

StageSweep second_stage_sweep(const Scenario& scenario, long seed, const std::vector<long>& lengths, double rate,
                              long budget) {
  StageSweep sweep;
  for (const long length : lengths) {
    Scenario one = scenario;
    std::vector<sim::StageConfig>& stages = one.config.stages;
    stages.at(1).steps = length;
    stages[1].train.at("attention").learning_rate = rate;
    stages.at(2).steps = budget - stages[0].steps - length;
    const TrainedFloor end = trained_floor(one, seed);
    sweep.length.push_back(static_cast<double>(length));
    sweep.value.push_back(end.completed ? end.heldout_loss : std::numeric_limits<double>::quiet_NaN());
  }
  return sweep;
}

std::vector<double> sweep_medians(const std::vector<StageSweep>& runs) {
  std::vector<double> medians;
  for (std::size_t i = 0; i < runs.front().length.size(); ++i) {
    std::vector<double> values;
    for (const StageSweep& run : runs) values.push_back(run.value.at(i));
    medians.push_back(analysis::median(values));
  }
  return medians;
}

double best_length(const std::vector<StageSweep>& runs) {
  const std::vector<double> medians = sweep_medians(runs);
  return runs.front()
      .length[static_cast<std::size_t>(std::min_element(medians.begin(), medians.end()) - medians.begin())];
}

std::vector<StageSweep> every_other(const std::vector<StageSweep>& runs, std::size_t first) {
  std::vector<StageSweep> half;
  for (std::size_t i = first; i < runs.size(); i += 2) half.push_back(runs[i]);
  return half;
}

double length_reaching(const std::vector<StageSweep>& runs, double level) {
  const std::vector<double> medians = sweep_medians(runs), &length = runs.front().length;
  for (std::size_t i = 0; i < medians.size(); ++i) {
    if (!(medians[i] <= level)) continue;
    if (i == 0) return length[0];
    const double share = (medians[i - 1] - level) / (medians[i - 1] - medians[i]);
    return length[i - 1] + share * (length[i] - length[i - 1]);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace lemmata::scenarios
