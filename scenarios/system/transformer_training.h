#pragma once
#include <memory>
#include <optional>

#include "scenarios/configuration/settings.h"
#include "scenarios/corpus/token_source.h"
#include "scenarios/system/state_fields.h"
#include "sim/transformer/transformer.h"

namespace lemmata::scenarios {

/// A transformer in training on the batches of a source: what the system `transformer` and the claims on it share.
class TransformerTraining {
 public:
  /// At the initial values of that seed. @throws sim::ConfigError.
  TransformerTraining(const TransformerSettings& settings, std::uint64_t seed, sim::ThreadTeam& team);
  TransformerTraining(const TransformerTraining&) = delete;
  TransformerTraining& operator=(const TransformerTraining&) = delete;

  /// `all` among the blocks stands for every one that the stage does not name itself.
  void begin_stage(const sim::StageConfig& stage);
  /// Loss and gradients on the batch of this step. @return the loss, in nat.
  double evaluate();
  bool is_finite() const { return stage_->is_finite(); }
  void update();  ///< on to the next step

  const TransformerSettings& settings() const { return settings_; }
  const TokenSource& source() const { return *source_; }
  const sim::Transformer& model() const { return model_; }  ///< its last pass is that of `evaluate`
  const sim::TokenBatch& batch() const { return *batch_; }  ///< of the last `evaluate`
  const sim::Blocks& parameters() const { return state_.parameters; }
  void state(StateFields& fields);  ///< all that changes, for checkpoints

 private:
  TransformerSettings settings_;
  sim::ThreadTeam& team_;
  std::unique_ptr<TokenSource> source_;
  sim::Transformer model_;
  sim::BlockState state_;
  std::optional<sim::BlockStage> stage_;
  const sim::TokenBatch* batch_ = nullptr;
  long step_ = 0;
};

/// Entropy of a token's attention weights in a layer, mean over the tokens of the batch that `model` saw last, in nat.
double mean_attention_entropy(const sim::Transformer& model, const sim::TokenBatch& batch, long layer);

/// Hidden units of a layer for the batch that `model` saw last, (sequence, unit); no sequence may be empty.
struct HiddenUnits {
  Matrix largest;  ///< largest value over positions
  Matrix last;     ///< value at the last position
};
HiddenUnits hidden_units(const sim::Transformer& model, const sim::TokenBatch& batch, long layer);

}  // namespace lemmata::scenarios
