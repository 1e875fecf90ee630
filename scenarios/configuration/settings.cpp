#include "scenarios/configuration/settings.h"

#include <cmath>

#include "sim/train/preset.h"

namespace lemmata::scenarios {

const std::vector<MetricGroup>& metric_groups() {
  static const std::vector<MetricGroup> groups = {
      {"loss", "loss, objective, prediction loss, error, per class and held out", "mot.md section 5"},
      {"routing", "who serves which class, purity, specialisation, entropies, load", "mot.md section 5"},
      {"conflict", "cosines and cancellation of class gradients, gradient norms", "mot.md section 5"},
      {"curvature", "extreme Hessian eigenvalues per expert, PL ratio", "mot.md section 5"},
      {"attention", "attention mass by kind of token, entropy", "mot.md section 5"},
  };
  return groups;
}

sim::Config simulated_config(const Settings& settings) {
  sim::Config config = settings.config;
  config.data.noise_std = settings.noise_std.value_or(0);
  if (settings.noise_norm) config.data.noise_std = *settings.noise_norm / std::sqrt(static_cast<double>(config.data.features));
  if (settings.schedule.preset != "three_stage") {
    config.stages = sim::apply_preset(settings.schedule.preset, config.stages, settings.schedule.period);
  }
  return config;
}

}  // namespace lemmata::scenarios
