#include "scenarios/experiment/experiment.h"

#include "scenarios/experiment/data_file.h"
#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/experiment/parameter_file.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

sim::Dataset read_heldout(const std::filesystem::path& file, const sim::Dataset& data) {
  sim::Dataset heldout = read_data_file(file);
  if (heldout.tokens_per_sample != data.tokens_per_sample || heldout.features() != data.features()) {
    throw InputError(
        file.string(), "X",
        std::to_string(heldout.tokens_per_sample) + " tokens of " + std::to_string(heldout.features()) + " features",
        std::to_string(data.tokens_per_sample) + " tokens of " + std::to_string(data.features()) +
            " features, as in data.file");
  }
  if (heldout.classes > data.classes) {
    throw InputError(file.string(), "class", std::to_string(heldout.classes) + " classes",
                     "at most the " + std::to_string(data.classes) + " of data.file");
  }
  heldout.classes = data.classes;
  return heldout;
}

sim::Experiment from_file(const Settings& settings, const sim::Config& config) {
  sim::Experiment experiment;
  experiment.config = config;
  auto data = std::make_shared<const sim::Dataset>(read_data_file(settings.data_file));
  if (!settings.heldout_file.empty()) {
    experiment.heldout = std::make_shared<const sim::Dataset>(read_heldout(settings.heldout_file, *data));
  }
  sim::DataConfig sizes;  // what the data law's keys say is not used
  sizes.classes = data->classes;
  sizes.features = data->features();
  sizes.tokens = data->tokens_per_sample;
  sizes.sampling = "random";
  sizes.samples = data->samples();
  sizes.heldout = experiment.heldout ? experiment.heldout->samples() : 0;
  experiment.config.data = sizes;
  experiment.data = std::move(data);
  sim::check_stages(experiment.config);  // sizes matter to optimisers with a Hessian
  experiment.initial =
      sim::initial_parameters(sim::build_architecture(config.model), config.model.init, sizes.features, config.seed);
  return experiment;
}

void read_initial_values(const std::filesystem::path& file, sim::Experiment& experiment) {
  const sim::Config& config = experiment.config;
  const sim::Architecture architecture = sim::build_architecture(config.model);
  read_parameters(file, architecture, experiment.initial);
  if (!architecture.gated || config.model.gate.routing != "sampled") return;
  long steps = 0;
  for (const sim::StageConfig& stage : config.stages) steps += stage.steps;
  experiment.recorded_noise =
      read_routing_noise(file, architecture, experiment.data->samples(), config.model.gate.noise, steps);
}

}  // namespace

sim::Experiment prepare_experiment(const Scenario& scenario) {
  require_mixture(scenario);
  const Settings& settings = scenario.settings;
  if (settings.data_file.empty()) require_memory(scenario, memory_bytes(scenario, scenario.config));
  try {
    sim::Experiment experiment =
        settings.data_file.empty() ? sim::make_experiment(scenario.config) : from_file(settings, scenario.config);
    require_memory(scenario, memory_bytes(scenario, experiment.config));
    if (experiment.config.model.gate.input == "class_span" && experiment.initial.gate.size() > 0 &&
        experiment.data->class_signal.size() == 0) {
      throw sim::ConfigError("model.gate.input", "class_span",
                             "tokens | attention, because the data has no class_signal");
    }
    if (!settings.init_file.empty()) read_initial_values(settings.init_file, experiment);
    return experiment;
  } catch (const sim::ConfigError& error) {
    throw scenario.located(error);
  }
}

}  // namespace lemmata::scenarios
