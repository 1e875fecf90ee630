#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/system/transformer_settings.h"
#include "sim/config.h"
#include "sim/joma/layer_config.h"
#include "sim/joma/reduced.h"
#include "sim/tree/latent_tree.h"

namespace lemmata::scenarios {

/// Steps at which metrics are recorded.
struct RecordEvery {
  long steps = 0;  ///< t mod steps = 0; 0: log-spaced (`log`)
};

struct RecordSettings {
  RecordEvery every;
  long per_decade = 50;  ///< records per factor 10 of steps (`log`)
  std::vector<std::string> metrics = {"loss", "routing", "conflict", "curvature", "attention"};
};

struct ScheduleSettings {
  std::string preset = "three_stage";  ///< how `stages` is rewritten, see sim/train/preset.h
  long period = 50;                    ///< steps of one turn (`alternating`)
};

/// The settings of one scenario as they are written: `sim::Config`, of which systems other than the mixtures use name,
/// seed and stages only, and what concerns files and recording.
/// Fields, their JSON keys and their limits stand in one table, scenarios/configuration/settings_fields.h.
struct Settings {
  std::string description, claim_group;
  std::string system = "mixture";    ///< what is simulated, see scenarios/system/system.h
  sim::Config config;                ///< as written: before data.noise_norm and schedule.preset take effect
  std::optional<double> noise_std;   ///< s per coordinate
  std::optional<double> noise_norm;  ///< s sqrt(features); exclusive with noise_std
  std::filesystem::path data_file, heldout_file, init_file;  ///< HDF5; empty = none
  ScheduleSettings schedule;
  RecordSettings record;
  sim::LayerConfig joma_layer;        ///< of its system
  sim::ReducedConfig joma_reduced;    ///< of its system
  TransformerSettings transformer;    ///< of its system
  sim::LatentTreeConfig latent_tree;  ///< of its system
};

/// What is simulated: `settings.config` with the noise resolved and the preset of the schedule applied (mixtures).
/// @throws sim::ConfigError as sim::apply_preset.
sim::Config simulated_config(const Settings& settings);

}  // namespace lemmata::scenarios
