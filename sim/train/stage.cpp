#include "sim/train/stage.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/model/hessian.h"
#include "sim/numerics/invalid_operations.h"

namespace lemmata::sim {

StageRun::StageRun(const Experiment& experiment, const StageConfig& stage, Problem& problem, TrainingState& state)
    : experiment_(experiment), stage_(stage), problem_(problem), state_(state) {
  if (state.stage_step == 0) {
    state.memory.clear();
    state.best_objective = std::numeric_limits<double>::infinity();
    state.best_stage_step = 0;
  }
  trained_ = {stage.train.contains("ffn"), stage.train.contains("attention"), stage.train.contains("gate"),
              stage.train.contains("output")};
  for (const auto& [block, training] : stage.train) {
    const OptimizerEntry* entry = &optimizer_named(training.optimizer, block);
    if (std::find(optimizers_.begin(), optimizers_.end(), entry) == optimizers_.end()) optimizers_.push_back(entry);
    uses_hessian_ = uses_hessian_ || entry->uses_hessian;
  }
  routing_is_fixed_ = is_routing_fixed();
  forget_invalid_operations();
}

bool StageRun::is_routing_fixed() const {
  const Config& config = experiment_.config;
  if (config.data.sampling == "fresh") return false;
  if (!problem_.architecture().gated) return true;
  const bool logits_move = trained_.gate || (trained_.attention && config.model.gate.input == "attention");
  return !logits_move && gate_named(config.model.gate.routing).deterministic;
}

void StageRun::evaluate_at(const Parameters& parameters, Evaluation& evaluation) {
  const Config& config = experiment_.config;
  Routing& routing = &evaluation == &evaluation_ ? routing_ : routing_elsewhere_;
  GateContext context{config.seed, static_cast<std::uint64_t>(state_.step), config.model.gate.noise, nullptr};
  const auto step = static_cast<std::size_t>(state_.step);
  if (!experiment_.recorded_noise.empty())
    context.recorded_noise = &experiment_.recorded_noise[std::min(step, experiment_.recorded_noise.size() - 1)];
  if (!routing_is_fixed_ || routing.weight.size() == 0) problem_.route(parameters, context, routing);
  problem_.evaluate(parameters, routing, trained_, evaluation);
  if (stage_.normalise_by_load) normalise_by_load(problem_.architecture(), evaluation);
  add_l2(parameters, config.loss.l2, trained_, evaluation);
}

void StageRun::evaluate() {
  const Config& config = experiment_.config;
  if (config.data.sampling == "fresh" && state_.step > 0) {
    const DataDraw draw{config.seed, Purpose::fresh, static_cast<std::uint64_t>(state_.step)};
    problem_.set_data(std::make_shared<const Dataset>(data_law_named(config.data.law).generate(config.data, draw)));
  }
  evaluate_at(state_.parameters, evaluation_);
}

// The parameters too: those of an expert that no sample reaches do not show in the loss.
bool StageRun::is_finite() const {
  for (const auto& [block, training] : stage_.train) {
    if (!state_.parameters.block(block).allFinite()) return false;
  }
  if (!std::isfinite(evaluation_.objective) || !std::isfinite(evaluation_.prediction_loss)) return false;
  require_no_invalid_operation(state_.step);
  return true;
}

bool StageRun::should_stop() {
  const StopRules& rules = stage_.stop;
  if (rules.loss > 0 && evaluation_.loss <= rules.loss) return true;
  if (rules.gradient_norm > 0) {
    double norm = 0;
    for (const auto& [block, training] : stage_.train)
      norm = std::hypot(norm, evaluation_.gradient.block(block).stableNorm());
    if (norm <= rules.gradient_norm) return true;
  }
  if (rules.no_progress_steps == 0) return false;
  if (evaluation_.objective < state_.best_objective * (1 - rules.no_progress_change)) {
    state_.best_objective = evaluation_.objective;
    state_.best_stage_step = state_.stage_step;
  }
  return state_.stage_step - state_.best_stage_step >= rules.no_progress_steps;
}

Snapshot StageRun::snapshot(bool closing) const { return {state_, stage_, closing, routing_, evaluation_, problem_}; }

Matrix StageRun::hessian(const Parameters& parameters, const std::string& block, Index slice) const {
  const bool is_ffn = block == "ffn";
  Matrix hessian = is_ffn ? ffn_hessian(problem_, parameters, routing_, slice)
                          : attention_hessian(problem_, parameters, routing_, slice);
  const bool shared = !is_ffn && problem_.architecture().shared_attention;
  const double load = shared ? 1 : evaluation_.load(slice / problem_.architecture().heads);
  if (stage_.normalise_by_load && load > 0) hessian /= load;
  hessian.diagonal().array() += experiment_.config.loss.l2;
  return hessian;
}

void StageRun::gradient_elsewhere(const Parameters& before, std::span<const BlockUpdate> blocks,
                                  std::span<const Matrix> at, std::span<Matrix> gradient) {
  point_ = before;
  for (std::size_t i = 0; i < blocks.size(); ++i) point_.block(blocks[i].block) = at[i];
  evaluate_at(point_, elsewhere_);
  for (std::size_t i = 0; i < blocks.size(); ++i) gradient[i] = elsewhere_.gradient.block(blocks[i].block);
}

void StageRun::update() {
  forget_invalid_operations();  // of whoever looked at the snapshot
  // All updates of a step start from the same parameters: rules that look around see a copy that the others do not
  // reach.
  const bool copies = uses_hessian_ || optimizers_.size() > 1;
  if (copies) before_ = state_.parameters;
  const Parameters& before = copies ? before_ : state_.parameters;
  for (const OptimizerEntry* optimizer : optimizers_) {
    std::vector<BlockUpdate> blocks;
    for (const auto& [block, training] : stage_.train) {
      if (training.optimizer != optimizer->name) continue;
      blocks.push_back({block, state_.parameters.block(block), evaluation_.gradient.block(block),
                        slice_count(problem_.architecture(), block), training, state_.memory[block]});
    }
    StepContext context{evaluation_.objective,
                        [&](const std::string& block, Index slice) { return hessian(before, block, slice); },
                        [&](std::span<const Matrix> at, std::span<Matrix> gradient) {
                          gradient_elsewhere(before, blocks, at, gradient);
                        }};
    optimizer->optimizer->update(blocks, context);
  }
}

}  // namespace lemmata::sim
