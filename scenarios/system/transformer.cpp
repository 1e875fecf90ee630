#include <memory>

#include "analysis/latent_alignment.h"
#include "analysis/stable_rank.h"
#include "scenarios/system/system.h"
#include "scenarios/system/transformer_training.h"

namespace lemmata::scenarios {
namespace {

/// Latents are matched with the hidden units of layers 0 and 1.
constexpr long levels = 2;

class TransformerSimulation final : public Simulation {
 public:
  TransformerSimulation(const Settings& settings, sim::ThreadTeam* team)
      : own_team_(1), training_(settings.transformer, settings.config.seed, team ? *team : own_team_) {}

  std::vector<analysis::VariableSpec> variables() const override;
  Dimensions dimensions() const override;
  analysis::Dataset parameters() const override;
  void begin_stage(const sim::StageConfig& stage) override { training_.begin_stage(stage); }
  bool is_finite() override {
    loss_ = training_.evaluate();
    return training_.is_finite();
  }
  void measure(Row& row) override;
  void update() override { training_.update(); }
  void state(StateFields& fields) override { training_.state(fields); }

 private:
  const sim::TransformerConfig& model() const { return training_.settings().model; }
  bool has_alignment() const {
    const sim::ClassSequences* made = training_.source().latents();
    return made && made->corpus.sequences() > 1 && model().feed_forward && model().layers >= levels;
  }

  sim::ThreadTeam own_team_;
  TransformerTraining training_;
  double loss_ = 0;
};

std::vector<analysis::VariableSpec> TransformerSimulation::variables() const {
  std::vector<analysis::VariableSpec> list = {
      {"loss", {"step"}, {}, "nat", "mean cross entropy of what is predicted, of this step's batch"},
      {"attention_entropy",
       {"step", "layer"},
       {},
       "nat",
       "of a token's attention weights, mean over the batch's tokens"}};
  if (model().feed_forward)
    list.push_back({"stable_rank", {"step", "layer"}, {}, "1", "||W||_F^2 / ||W||_2^2 of the map into the FFN"});
  if (has_alignment())
    list.push_back({"latent_alignment",
                    {"step", "level"},
                    {},
                    "1",
                    "mean over the latents of a level of the best |correlation| with a hidden unit of that layer, at "
                    "its largest value over positions; step 0 is the untrained network"});
  return list;
}

Dimensions TransformerSimulation::dimensions() const {
  Dimensions sizes = {{"layer", static_cast<std::size_t>(model().layers)}};
  if (has_alignment()) sizes["level"] = levels;
  return sizes;
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
  for (const sim::TransformerBlock& block : sim::transformer_blocks(model())) {
    const Matrix& values = training_.parameters().at(block.name);
    std::vector<std::string> axes;
    const auto add_axis = [&](const std::string& name, Index size) {
      axes.push_back(name);
      data.dimensions[name] = static_cast<std::size_t>(size);
    };
    if (block.in_every_layer) add_axis("layer", model().layers);
    if (block.columns > 1 || block.name == "output" || block.name.ends_with("embedding") ||
        block.start == sim::TransformerBlock::Start::map)
      add_axis(column_dimension(block.name), block.columns);
    add_axis(row_dimension(block.name), block.rows);
    data.variables.push_back(
        {block.name, axes, std::vector<double>(values.data(), values.data() + values.size()), "1", "", {}});
  }
  return data;
}

void TransformerSimulation::measure(Row& row) {
  row["loss"] = {loss_};
  for (long layer = 0; layer < model().layers; ++layer) {
    row["attention_entropy"].push_back(mean_attention_entropy(training_.model(), training_.batch(), layer));
    if (!model().feed_forward) continue;
    const Index units = model().hidden_units();
    row["stable_rank"].push_back(
        analysis::stable_rank(training_.parameters().at("ffn_input").middleCols(layer * units, units)));
  }
  if (!has_alignment()) return;
  const sim::ClassSequences& made = *training_.source().latents();
  for (long level = 0; level < levels; ++level) {
    const HiddenUnits units = hidden_units(training_.model(), training_.batch(), level);
    row["latent_alignment"].push_back(
        analysis::latent_alignment(level == 0 ? made.low : made.high, units.largest).score);
  }
}

std::vector<std::string> trainable() {
  std::vector<std::string> names = {"all"};
  for (const sim::TransformerBlock& block : sim::transformer_blocks({})) names.push_back(block.name);
  return names;
}

void check_settings(const Settings& settings) {
  const TransformerSettings all = settings.transformer.resolved();
  sim::check(all.model);
  if (std::error_code error; all.data.law == "text" && !std::filesystem::is_regular_file(all.data.file, error))
    throw sim::ConfigError("data.file", "\"" + all.data.file.string() + "\"", "an existing UTF-8 text file");
  const auto source = token_source_named(all.data.law).make(all.data, settings.config.seed);
  try {
    source->batch(0);
  } catch (const sim::ConfigError& error) {
    throw sim::ConfigError("data", "sequences with " + error.found() + " (" + error.field() + ")", error.allowed());
  }
}

// Numbers of every parameter: itself, gradient, Adam's two, two packed copies, and three while a checkpoint is written;
// of every token see sim::Transformer.
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
  return 8 * (9 * parameters + per_token * token_source_named(all.data.law).tokens(all.data));
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
