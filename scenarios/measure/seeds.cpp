#include "scenarios/measure/seeds.h"

#include <algorithm>
#include <numeric>

#include "scenarios/experiment/experiment.h"

namespace lemmata::scenarios {
namespace {

struct KeepLastRouting final : sim::Observer {
  bool observe(const sim::Snapshot& snapshot) override {
    if (snapshot.closing) routing = snapshot.routing;
    return true;
  }
  sim::Routing routing;
};

}  // namespace

Scenario with_seed(const Scenario& scenario, std::uint64_t seed) {
  Scenario seeded = scenario;
  seeded.config.seed = seeded.settings.config.seed = seed;
  return seeded;
}

Scenario first_stages(const Scenario& scenario, std::size_t count) {
  Scenario cut = scenario;
  cut.config.stages.resize(std::min(count, cut.config.stages.size()));
  return cut;
}

std::vector<long> seed_list(long count, long first) {
  std::vector<long> seeds(static_cast<std::size_t>(count));
  std::iota(seeds.begin(), seeds.end(), first);
  return seeds;
}

FinalState train_experiment(sim::Experiment experiment) {
  FinalState end;
  end.experiment = std::move(experiment);
  end.state = sim::initial_state(end.experiment);
  KeepLastRouting observer;
  end.training = sim::train(end.experiment, end.state, observer);
  end.routing = std::move(observer.routing);
  return end;
}

FinalState train_seed(const Scenario& scenario, long seed) {
  return train_experiment(prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed))));
}

sim::Problem problem_of(const sim::Experiment& experiment) {
  return sim::Problem(sim::build_architecture(experiment.config.model),
                      *sim::loss_named(experiment.config.loss.kind).loss, experiment.data);
}

Proportion proportion(const std::vector<bool>& held, double confidence) {
  Proportion found;
  found.trials = static_cast<long>(held.size());
  found.successes = std::count(held.begin(), held.end(), true);
  found.interval = analysis::clopper_pearson(found.successes, found.trials, confidence);
  return found;
}

std::string count_of(const Proportion& found) {
  return std::to_string(found.successes) + " of " + std::to_string(found.trials);
}

Verdict verdict_at_least(const Proportion& proportion, double threshold) {
  if (proportion.interval.lower > threshold) return Verdict::supported;
  return proportion.interval.upper < threshold ? Verdict::refuted : Verdict::inconclusive;
}

}  // namespace lemmata::scenarios
