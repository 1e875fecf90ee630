#include <memory>

#include "analysis/attention_entropy.h"
#include "analysis/stable_rank.h"
#include "scenarios/corpus/token_source.h"
#include "scenarios/system/system.h"
#include "sim/transformer/transformer.h"

namespace lemmata::scenarios {
namespace {

constexpr const char* every_block = "all";

/// A causal transformer in training on the batches of a source.
class TransformerSimulation final : public Simulation {
 public:
  TransformerSimulation(const Settings& settings, sim::ThreadTeam* team)
      : config_(settings.transformer.resolved()),
        own_team_(1),
        team_(team ? *team : own_team_),
        source_(token_source_named(config_.data.law).make(config_.data, settings.config.seed)),
        model_(config_.model, team_),
        state_{sim::initial_blocks(config_.model, settings.config.seed), {}} {}

  std::vector<analysis::VariableSpec> variables() const override;
  Dimensions dimensions() const override;
  analysis::Dataset parameters() const override;
  void begin_stage(const sim::StageConfig& stage) override;
  bool is_finite() override;
  void measure(Row& row) override;
  void update() override {
    stage_->update();
    ++step_;
  }

 private:
  double mean_entropy(long layer) const;

  TransformerSettings config_;
  sim::ThreadTeam own_team_;
  sim::ThreadTeam& team_;
  std::unique_ptr<TokenSource> source_;
  sim::Transformer model_;
  sim::BlockState state_;
  std::unique_ptr<sim::BlockStage> stage_;
  long step_ = 0;
  const sim::TokenBatch* batch_ = nullptr;
  double loss_ = 0;
};

std::vector<analysis::VariableSpec> TransformerSimulation::variables() const {
  std::vector<analysis::VariableSpec> list = {
      {"loss", {"step"}, {}, "nat", "mean cross entropy of the next token, of this step's batch"},
      {"attention_entropy",
       {"step", "layer"},
       {},
       "nat",
       "of a token's attention weights, mean over the batch's tokens"}};
  if (config_.model.feed_forward)
    list.push_back({"stable_rank", {"step", "layer"}, {}, "1", "||W||_F^2 / ||W||_2^2 of the map into the FFN"});
  return list;
}

Dimensions TransformerSimulation::dimensions() const {
  return {{"layer", static_cast<std::size_t>(config_.model.layers)}};
}

std::string row_dimension(const std::string& block) {
  if (block == "ffn_output" || block == "ffn_input_bias") return "unit";
  return block == "output_bias" ? "token" : "feature";
}

std::string column_dimension(const std::string& block) {
  if (block == "token_embedding" || block == "output") return "token";
  if (block == "position_embedding") return "position";
  return block == "ffn_input" ? "unit" : "output_feature";
}

// A block's columns are adjacent, and so are a layer's: what is in memory is (layer, column, row), row-major.
analysis::Dataset TransformerSimulation::parameters() const {
  analysis::Dataset data;
  for (const sim::TransformerBlock& block : sim::transformer_blocks(config_.model)) {
    const Matrix& values = state_.parameters.at(block.name);
    std::vector<std::string> axes;
    const auto add_axis = [&](const std::string& name, Index size) {
      axes.push_back(name);
      data.dimensions[name] = static_cast<std::size_t>(size);
    };
    if (block.in_every_layer) add_axis("layer", config_.model.layers);
    if (block.columns > 1 || block.name == "output" || block.name.ends_with("embedding") ||
        block.start == sim::TransformerBlock::Start::map)
      add_axis(column_dimension(block.name), block.columns);
    add_axis(row_dimension(block.name), block.rows);
    data.variables.push_back(
        {block.name, axes, std::vector<double>(values.data(), values.data() + values.size()), "1", "", {}});
  }
  return data;
}

// "all" stands for every block that the stage does not name itself.
void TransformerSimulation::begin_stage(const sim::StageConfig& stage) {
  std::map<std::string, sim::BlockTraining> train = stage.train;
  if (const auto rest = train.extract(every_block)) {
    for (const auto& [name, block] : state_.parameters) train.emplace(name, rest.mapped());
  }
  stage_ = std::make_unique<sim::BlockStage>(
      state_, train, model_.gradient_of([this]() -> const sim::TokenBatch& { return *batch_; }), &team_);
}

bool TransformerSimulation::is_finite() {
  batch_ = &source_->batch(step_);
  loss_ = stage_->evaluate();
  return stage_->is_finite();
}

double TransformerSimulation::mean_entropy(long layer) const {
  double sum = 0;
  for (Index sequence = 0; sequence < batch_->sequences(); ++sequence) {
    const auto weights = model_.attention(layer, sequence);
    for (Index query = 0; query < weights.cols(); ++query)
      sum += analysis::attention_entropy(weights.col(query).head(query + 1));
  }
  return sum / static_cast<double>(batch_->tokens());
}

void TransformerSimulation::measure(Row& row) {
  row["loss"] = {loss_};
  for (long layer = 0; layer < config_.model.layers; ++layer) {
    row["attention_entropy"].push_back(mean_entropy(layer));
    if (!config_.model.feed_forward) continue;
    const Index units = config_.model.hidden_units();
    row["stable_rank"].push_back(
        analysis::stable_rank(state_.parameters.at("ffn_input").middleCols(layer * units, units)));
  }
}

std::vector<std::string> trainable() {
  std::vector<std::string> names = {every_block};
  for (const sim::TransformerBlock& block : sim::transformer_blocks({})) names.push_back(block.name);
  return names;
}

void check_settings(const Settings& settings) {
  const TransformerSettings all = settings.transformer.resolved();
  sim::check(all.model);
  token_source_named(all.data.law).make(all.data, settings.config.seed)->batch(0);
}

// Numbers of every parameter: itself, gradient, Adam's two, two packed copies; of every token see sim::Transformer.
double bytes_of(const Settings& settings) {
  const TransformerSettings all = settings.transformer.resolved();
  double parameters = 0;
  for (const sim::TransformerBlock& block : sim::transformer_blocks(all.model))
    parameters += static_cast<double>(block.rows) * static_cast<double>(block.columns) *
                  (block.in_every_layer ? static_cast<double>(all.model.layers) : 1.0);
  const double layers = static_cast<double>(all.model.layers), d = static_cast<double>(all.model.dimension),
               hidden = static_cast<double>(all.model.hidden_units());
  const double per_token = layers * (8 * d + 2 * hidden) + 10 * d + hidden + static_cast<double>(all.model.vocabulary) +
                           (layers + 1) * static_cast<double>(all.data.length);
  return 8 * (6 * parameters + per_token * token_source_named(all.data.law).tokens(all.data));
}

}  // namespace

SystemEntry transformer_system() {
  return {"transformer",
          "causal transformer of single-head attention, post-LN, next-token loss: sim/transformer/transformer.h",
          "arXiv 2310.00535, section 6",
          trainable(),
          check_settings,
          bytes_of,
          [](const Settings& settings, sim::ThreadTeam* team) -> std::unique_ptr<Simulation> {
            return std::make_unique<TransformerSimulation>(settings, team);
          }};
}

}  // namespace lemmata::scenarios
