#include "scenarios/measure/stage_sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/planted_end.h"
#include "scenarios/measure/schedule_outcome.h"
#include "scenarios/measure/trained_floor.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

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
    sweep.value.push_back(end.completed ? end.heldout_loss : nan);
  }
  return sweep;
}

double best_length(const StageSweep& sweep, double reached) {
  const auto finite = [](double value) { return std::isfinite(value); };
  if (sweep.value.empty() || !std::all_of(sweep.value.begin(), sweep.value.end(), finite)) return nan;
  const auto best = std::min_element(sweep.value.begin(), sweep.value.end());
  return *best <= reached ? sweep.length.at(static_cast<std::size_t>(best - sweep.value.begin())) : nan;
}

double length_reaching(const StageSweep& sweep, double level) {
  const std::vector<double>&value = sweep.value, &length = sweep.length;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!std::isfinite(value[i])) return nan;
    if (!(value[i] <= level)) continue;
    if (i == 0) return length.at(0);
    const double share = (value[i - 1] - level) / (value[i - 1] - value[i]);
    return length.at(i - 1) + share * (length.at(i) - length[i - 1]);
  }
  return nan;
}

Doublings::Doublings(std::vector<double> all) : kept(std::move(all)), median{-infinity, infinity} {
  std::erase_if(kept, [](double one) { return !std::isfinite(one); });
  if (kept.size() >= least) median = analysis::median_interval(kept, 0.975);
}

Verdict Doublings::verdict(double predicted, double tolerance) const {
  const double lower = predicted - tolerance, upper = predicted + tolerance;
  if (median.lower >= lower && median.upper <= upper) return Verdict::supported;
  return median.lower > upper || median.upper < lower ? Verdict::refuted : Verdict::inconclusive;
}

Quantity Doublings::quantity(const std::string& what, double predicted, double tolerance,
                             const std::string& reason) const {
  const double measured = kept.empty() ? nan : analysis::median(kept),
               width = kept.empty() ? nan : std::max(measured - median.lower, median.upper - measured);
  return {what + ", median of " + std::to_string(kept.size()) + " seeds",
          predicted,
          measured,
          tolerance - width,
          reason + "; less the half width of the distribution-free 97.5 % interval",
          Criterion::equal};
}

}  // namespace lemmata::scenarios
