#include "scenarios/system/transformer_training.h"

#include "analysis/attention_entropy.h"
#include "analysis/latent_alignment.h"

namespace lemmata::scenarios {

TransformerTraining::TransformerTraining(const TransformerSettings& settings, std::uint64_t seed, sim::ThreadTeam& team)
    : settings_(settings.resolved()),
      team_(team),
      source_(token_source_named(settings_.data.law).make(settings_.data, seed)),
      model_(settings_.model, team_),
      state_{sim::initial_blocks(settings_.model, seed), {}} {}

void TransformerTraining::begin_stage(const sim::StageConfig& stage) {
  std::map<std::string, sim::BlockTraining> train = stage.train;
  if (const auto rest = train.extract("all")) {
    for (const auto& [name, block] : state_.parameters) train.emplace(name, rest.mapped());
  }
  stage_.emplace(state_, train, model_.gradient_of([this]() -> const sim::TokenBatch& { return *batch_; }), &team_);
}

double TransformerTraining::evaluate() {
  batch_ = &source_->batch(step_);
  return stage_->evaluate();
}

void TransformerTraining::update() {
  stage_->update();
  ++step_;
}

void TransformerTraining::state(StateFields& fields) {
  fields.blocks(state_);
  fields.count("step", step_);
}

double mean_attention_entropy(const sim::Transformer& model, const sim::TokenBatch& batch, long layer) {
  double sum = 0;
  for (Index sequence = 0; sequence < batch.sequences(); ++sequence) {
    const auto weights = model.attention(layer, sequence);
    for (Index query = 0; query < weights.cols(); ++query)
      sum += analysis::attention_entropy(weights.col(query).head(query + 1));
  }
  return sum / static_cast<double>(batch.tokens());
}

HiddenUnits hidden_units(const sim::Transformer& model, const sim::TokenBatch& batch, long layer) {
  const Matrix all = model.hidden(layer).transpose();
  Eigen::VectorX<Index> positions(batch.sequences());
  Matrix last(batch.sequences(), all.cols());
  for (Index row = 0; row < batch.sequences(); ++row) {
    positions[row] = batch.length(row);
    last.row(row) = all.row(batch.tokens_before(row + 1) - 1);
  }
  return {analysis::largest_over_positions(all, positions), last};
}

}  // namespace lemmata::scenarios
