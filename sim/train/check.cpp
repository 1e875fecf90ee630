#include <algorithm>
#include <cmath>
#include <string>

#include "sim/error.h"
#include "sim/model/hessian.h"
#include "sim/optimizer/optimizer.h"
#include "sim/train/trainer.h"

namespace lemmata::sim {
namespace {

void check_block(const Config& config, const std::string& block, const BlockTraining& training,
                 const std::string& path) {
  if (std::find(block_names.begin(), block_names.end(), block) == block_names.end()) {
    throw ConfigError(path, block, "ffn | attention | gate | output");
  }
  const OptimizerEntry& optimizer = optimizer_named(training.optimizer, path + ".optimizer");
  if (!(training.learning_rate > 0) || !std::isfinite(training.learning_rate)) {
    throw ConfigError(path + ".learning_rate", training.learning_rate, "a finite number > 0");
  }
  if (!(training.beta >= 0 && training.beta < 1))
    throw ConfigError(path + ".beta", training.beta, "a number in [0, 1)");
  if (!(training.tolerance > 0 && training.tolerance < 1))
    throw ConfigError(path + ".tolerance", training.tolerance, "a number in (0, 1)");
  if (!optimizer.uses_hessian) return;
  if (block != "ffn" && block != "attention") {
    throw ConfigError(path + ".optimizer", training.optimizer, "an optimiser without a Hessian for block " + block);
  }
  const long size =
      block == "ffn" ? config.data.features * config.model.expert.neurons : config.data.features * config.data.features;
  if (size > largest_hessian) {
    throw ConfigError(path + ".optimizer", training.optimizer,
                      "an optimiser without a Hessian: a slice has " + std::to_string(size) + " numbers, more than " +
                          std::to_string(largest_hessian));
  }
}

}  // namespace

void check_stages(const Config& config) {
  if (config.stages.empty()) throw ConfigError("stages", "an empty list", "at least one stage");
  for (std::size_t i = 0; i < config.stages.size(); ++i) {
    const StageConfig& stage = config.stages[i];
    const std::string path = "stages." + std::to_string(i);
    if (!(stage.steps >= 0)) throw ConfigError(path + ".steps", stage.steps, "an integer >= 0");
    if (stage.train.empty())
      throw ConfigError(path + ".train", "nothing", "at least one of ffn, attention, gate, output");
    for (const auto& [block, training] : stage.train) check_block(config, block, training, path + ".train." + block);
    if (!(stage.stop.loss >= 0)) throw ConfigError(path + ".stop.loss", stage.stop.loss, "a number >= 0");
    if (!(stage.stop.gradient_norm >= 0))
      throw ConfigError(path + ".stop.gradient_norm", stage.stop.gradient_norm, "a number >= 0");
    if (!(stage.stop.no_progress_steps >= 0))
      throw ConfigError(path + ".stop.no_progress_steps", stage.stop.no_progress_steps, "an integer >= 0");
    if (!(stage.stop.no_progress_change >= 0))
      throw ConfigError(path + ".stop.no_progress_change", stage.stop.no_progress_change, "a number >= 0");
  }
}

}  // namespace lemmata::sim
