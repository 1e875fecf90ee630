#include "scenarios/configuration/settings.h"

#include <cmath>

#include "sim/train/preset.h"

namespace lemmata::scenarios {

sim::Config simulated_config(const Settings& settings) {
  sim::Config config = settings.config;
  if (settings.system != "mixture") return config;
  config.data.noise_std = settings.noise_std.value_or(0);
  if (settings.noise_norm)
    config.data.noise_std = *settings.noise_norm / std::sqrt(static_cast<double>(config.data.features));
  if (settings.schedule.preset != "three_stage") {
    config.stages = sim::apply_preset(settings.schedule.preset, config.stages, settings.schedule.period);
  }
  return config;
}

}  // namespace lemmata::scenarios
