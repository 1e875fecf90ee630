#include "sim/train/blocks.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace lemmata::sim {

BlockStage::BlockStage(BlockState& state, const std::map<std::string, BlockTraining>& train, BlockGradient gradient,
                       ThreadTeam* team)
    : state_(state), train_(train), function_(std::move(gradient)), team_(team) {
  state_.memory.clear();
  std::string known;
  for (const auto& [name, block] : state_.parameters) known += (known.empty() ? "" : " | ") + name;
  for (const auto& [name, training] : train_) {
    const std::string field = "train." + name;
    const auto block = state_.parameters.find(name);
    if (block == state_.parameters.end()) throw ConfigError(field, name, known);
    const OptimizerEntry& optimizer = optimizer_named(training.optimizer, field + ".optimizer");
    if (optimizer.uses_hessian) throw ConfigError(field + ".optimizer", training.optimizer, "one without a Hessian");
    if (!(training.learning_rate > 0))
      throw ConfigError(field + ".learning_rate", training.learning_rate, "a number > 0");
    if (std::find(optimizers_.begin(), optimizers_.end(), &optimizer) == optimizers_.end())
      optimizers_.push_back(&optimizer);
    gradient_[name] = Matrix::Zero(block->second.rows(), block->second.cols());
  }
}

double BlockStage::evaluate() { return loss_ = function_(state_.parameters, gradient_); }

bool BlockStage::is_finite(bool with_loss) const {
  for (const auto& [name, training] : train_) {
    if (!state_.parameters.at(name).allFinite()) return false;
  }
  return !with_loss || std::isfinite(loss_);
}

void BlockStage::gradient_elsewhere(std::span<const BlockUpdate> blocks, std::span<const Matrix> at,
                                    std::span<Matrix> gradient) {
  point_ = before_;
  elsewhere_.clear();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    point_.at(blocks[i].block) = at[i];
    elsewhere_[blocks[i].block] = gradient[i];
  }
  function_(point_, elsewhere_);
  for (std::size_t i = 0; i < blocks.size(); ++i) gradient[i] = elsewhere_.at(blocks[i].block);
}

void BlockStage::update() {
  if (std::any_of(optimizers_.begin(), optimizers_.end(), [](const auto* entry) { return entry->looks_around; }))
    before_ = state_.parameters;
  for (const OptimizerEntry* optimizer : optimizers_) {
    std::vector<BlockUpdate> blocks;
    for (const auto& [name, training] : train_) {
      if (training.optimizer == optimizer->name)
        blocks.push_back({name, state_.parameters.at(name), gradient_.at(name), 1, training, state_.memory[name]});
    }
    StepContext context{loss_, {}, [&](std::span<const Matrix> at, std::span<Matrix> gradient) {
                          gradient_elsewhere(blocks, at, gradient);
                        },
                        team_};
    optimizer->optimizer->update(blocks, context);
  }
}

}  // namespace lemmata::sim
