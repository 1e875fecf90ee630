#pragma once
#include <string>
#include <vector>

#include "scenarios/claims/claim.h"
#include "scenarios/configuration/scenario.h"
#include "sim/train/trainer.h"

// What claims share: runs of one scenario over seeds.
namespace lemmata::scenarios {

/// The same scenario with another seed.
Scenario with_seed(const Scenario& scenario, std::uint64_t seed);

/// Only the first `count` stages of the schedule.
Scenario first_stages(const Scenario& scenario, std::size_t count);

/// Seeds first, first + 1, ..., count of them.
std::vector<long> seed_list(long count, long first = 0);

/// result[i] = function(seeds[i]), seeds side by side on the context's team; the order of results is that of the seeds.
template <class Function>
auto over_seeds(CheckContext& context, const std::vector<long>& seeds, const Function& function) {
  std::vector<decltype(function(long{}))> results(seeds.size());
  context.team.run(static_cast<long>(seeds.size()), [&](long i, int) {
    if (!context.proceed()) throw CheckInterrupted();
    results[static_cast<std::size_t>(i)] = function(seeds[static_cast<std::size_t>(i)]);
  });
  return results;
}

/// The same, kept with the evidence; on recheck the results are read back in place of being measured again.
/// @param name   of the arrays, unlike any other of the check (scenarios/evidence/measurements.h).
/// @param blank  what a record is before it is read back.
template <class Function>
auto measured(CheckContext& context, const std::string& name, const std::vector<long>& seeds, const Function& function,
              const decltype(function(long{}))& blank = decltype(function(long{}))()) {
  using Record = decltype(function(long{}));
  const auto one = [&](long seed) {
    return context.measurements.record<Record>(
        name, seed, [&] { return function(seed); }, blank);
  };
  return context.measurements.records<Record>(
      name, seeds, [&] { return over_seeds(context, seeds, one); }, blank);
}

/// The same of runs of a scenario, one record per seed, that other checks may measure too: each is measured once.
/// @param what      how it is measured; with the scenario's hash, its number of stages (`first_stages` keeps the hash
///                  of the whole) and the seed it decides the record.
/// @param function  of (scenario, seed).
template <class Function>
auto measured_runs(CheckContext& context, const std::string& name, const std::string& what, const Scenario& scenario,
                   const std::vector<long>& seeds, const Function& function) {
  using Record = decltype(function(scenario, long{}));
  const std::string run =
      what + " " + scenario.config_hash + " " + std::to_string(scenario.config.stages.size()) + " stages, seed ";
  return measured(context, name, seeds, [&](long seed) {
    return context.shared->record<Record>(run + std::to_string(seed), [&] { return function(scenario, seed); });
  });
}

/// The same of one result that is not a run of a seed; the function may use the team itself.
template <class Function>
auto measured_once(CheckContext& context, const std::string& name, const Function& function) {
  using Record = decltype(function());
  const auto one = [&] {
    if (!context.proceed()) throw CheckInterrupted();
    return std::vector<Record>{context.measurements.record<Record>(name, 0, function)};
  };
  return context.measurements.records<Record>(name, {0}, one).front();
}

/// A run's end: final state and the routing in force there.
struct FinalState {
  sim::Experiment experiment;
  sim::TrainingState state;
  sim::TrainingResult training;
  sim::Routing routing;
};

/// Trains an experiment, or one seed of a scenario, without recording anything.
FinalState train_experiment(sim::Experiment experiment);
FinalState train_seed(const Scenario& scenario, long seed);

/// A problem on the run's own data, to measure at its parameters.
sim::Problem problem_of(const sim::Experiment& experiment);

/// Share of seeds for which something held, with its exact interval, as a verdict on "the probability is at least
/// threshold".
struct Proportion {
  long successes = 0, trials = 0;
  analysis::Interval interval;  ///< Clopper-Pearson at a fixed number of trials
  double share() const { return trials > 0 ? static_cast<double>(successes) / static_cast<double>(trials) : 0; }
};
Proportion proportion(const std::vector<bool>& held, double confidence);
std::string count_of(const Proportion& found);  ///< "18 of 20"
Verdict verdict_at_least(const Proportion& proportion, double threshold);

}  // namespace lemmata::scenarios
