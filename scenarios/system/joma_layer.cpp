#include <limits>
#include <optional>

#include "analysis/attention_entropy.h"
#include "analysis/stable_rank.h"
#include "scenarios/system/system.h"
#include "sim/error.h"
#include "sim/joma/layer.h"
#include "theory/joint_invariant.h"

namespace lemmata::scenarios {
namespace {

/// The one-layer model in training, beside what Theorem 1 makes of its v.
class LayerSimulation final : public Simulation {
 public:
  explicit LayerSimulation(const Settings& settings)
      : layer_(settings.joma_layer, settings.config.seed),
        seed_(settings.config.seed),
        state_{layer_.initial(settings.config.seed), {}},
        initial_logits_(state_.parameters.at("z")),
        earlier_(Vector::Zero(initial_logits_.rows())) {}

  std::vector<analysis::VariableSpec> variables() const override;
  Dimensions dimensions() const override;
  analysis::Dataset parameters() const override;
  void begin_stage(const sim::StageConfig& stage) override;
  bool is_finite() override;
  void measure(Row& row) override;
  void update() override;
  void state(StateFields& fields) override;

 private:
  const sim::LayerConfig& config() const { return layer_.config(); }
  Matrix values() const { return layer_.token_values(state_.parameters.at("w")); }
  Matrix left() const;
  Vector right() const;
  double mean_entropy() const;
  void use_all() { layer_.use_samples(sim::minibatch(layer_.data().samples(), 0, 0, 0)); }
  void use_batch() { layer_.use_samples(sim::minibatch(layer_.data().samples(), config().data.batch, seed_, step_)); }

  sim::Layer layer_;
  std::uint64_t seed_;
  sim::BlockState state_;
  std::optional<sim::BlockStage> stage_;
  long step_ = 0;
  Matrix initial_logits_;
  // The right side is a sum over stages: that of those before, and what the present one began from.
  Vector earlier_;
  Matrix stage_values_;
  std::optional<theory::JointRates> rates_;  // none: the stage does not train both w and z
  bool moves_logits_ = false;
  std::optional<theory::SoftmaxLogits> softmax_;
  Vector mean_attention_;
};

std::vector<analysis::VariableSpec> LayerSimulation::variables() const {
  return {{"loss", {"step"}, {}, "1", "mean training loss, of all samples"},
          {"invariant_residual", {"step"}, {}, "1", "largest |sum over queries of invariant_left - invariant_right|"},
          {"invariant_left", {"step", "token", "query"}, {}, "1", "z - z(0); linear attention: z^2 - z(0)^2"},
          {"invariant_right",
           {"step", "token"},
           {},
           "1",
           "what Theorem 1 makes of v for the sum over queries; softmax: with bbar followed in time"},
          {"attention_entropy", {"step"}, {}, "nat", "of b, mean over samples; NaN where linear attention is negative"},
          {"value_norm", {"step"}, {}, "1", "||v||_F, v = U_C^T w"},
          {"logit_norm", {"step"}, {}, "1", "||z||_F"},
          {"stable_rank", {"step"}, {}, "1", "||w||_F^2 / ||w||_2^2"}};
}

Dimensions LayerSimulation::dimensions() const {
  return {{"token", static_cast<std::size_t>(config().context())},
          {"query", static_cast<std::size_t>(config().data.queries)}};
}

analysis::Dataset LayerSimulation::parameters() const {
  analysis::Dataset data;
  data.dimensions = dimensions();
  data.dimensions["dimension"] = static_cast<std::size_t>(config().embedding.dimension);
  data.dimensions["node"] = static_cast<std::size_t>(config().nodes);
  data.variables = {{"w", {"dimension", "node"}, row_major(state_.parameters.at("w")), "1", "", {}},
                    {"z", {"token", "query"}, row_major(state_.parameters.at("z")), "1", "", {}}};
  const auto upper = state_.parameters.find("upper");
  if (upper == state_.parameters.end()) return data;
  data.dimensions["class"] = static_cast<std::size_t>(config().data.classes);
  data.variables.push_back({"upper", {"node", "class"}, row_major(upper->second), "1", "", {}});
  return data;
}

void LayerSimulation::begin_stage(const sim::StageConfig& stage) {
  if (stage_) earlier_ = right();
  stage_values_ = values();
  moves_logits_ = stage.train.contains("z");
  rates_.reset();
  softmax_.reset();
  if (moves_logits_ && stage.train.contains("w")) {
    rates_ = {stage.train.at("w").learning_rate, stage.train.at("z").learning_rate};
    softmax_.emplace(stage_values_, config().temperature, *rates_);
  }
  stage_.emplace(state_, stage.train, layer_.function());
}

bool LayerSimulation::is_finite() {
  if (config().data.batch > 0) use_batch();
  stage_->evaluate();
  mean_attention_ = layer_.mean_attention();
  return stage_->is_finite();
}

Matrix LayerSimulation::left() const {
  const Matrix &z = state_.parameters.at("z"), difference = z - initial_logits_;
  if (config().attention != "linear") return difference;
  return difference.cwiseProduct(z + initial_logits_);
}

Vector LayerSimulation::right() const {
  if (!moves_logits_) return earlier_;
  if (!rates_) return Vector::Constant(earlier_.size(), std::numeric_limits<double>::quiet_NaN());  // no law
  if (config().attention == "softmax") return earlier_ + softmax_->change();
  if (config().attention == "linear") return earlier_ + theory::linear_square_change(values(), stage_values_, *rates_);
  return earlier_ + theory::exp_logit_change(values(), stage_values_, config().temperature, *rates_);
}

double LayerSimulation::mean_entropy() const {
  double sum = 0;
  for (Index sample = 0; sample < layer_.attention().cols(); ++sample)
    sum += layer_.data().weight(sample) * analysis::attention_entropy(layer_.attention().col(sample));
  return sum;
}

void LayerSimulation::measure(Row& row) {
  sim::Blocks nothing;
  use_all();
  row["loss"] = {layer_.evaluate(state_.parameters, nothing)};
  row["attention_entropy"] = {mean_entropy()};
  if (config().data.batch > 0) use_batch();  // the optimiser may look around in `update`
  const Matrix sides = left();
  const Vector predicted = right();
  row["invariant_residual"] = {(sides.rowwise().sum() - predicted).cwiseAbs().maxCoeff<Eigen::PropagateNaN>()};
  row["invariant_left"] = row_major(sides);
  row["invariant_right"] = {predicted.begin(), predicted.end()};
  row["value_norm"] = {values().norm()};
  row["logit_norm"] = {state_.parameters.at("z").norm()};
  row["stable_rank"] = {analysis::stable_rank(state_.parameters.at("w"))};
}

void LayerSimulation::update() {
  stage_->update();
  ++step_;
  if (softmax_) softmax_->advance(mean_attention_, values());
}

void LayerSimulation::state(StateFields& fields) {
  fields.blocks(state_);
  fields.count("step", step_);
  fields.vector("earlier", earlier_);
  fields.matrix("stage_values", stage_values_);
  if (!softmax_) return;
  theory::SoftmaxLogits::State softmax = softmax_->state();
  fields.matrix("softmax_initial", softmax.initial);
  fields.matrix("softmax_values", softmax.values);
  fields.vector("softmax_pulled", softmax.pulled);
  softmax_->set_state(softmax);
}

double bytes(const Settings& settings) {
  const sim::LayerConfig& c = settings.joma_layer;
  const auto tokens = static_cast<double>(c.context()), samples = static_cast<double>(c.data.samples),
             nodes = static_cast<double>(c.nodes), dimension = static_cast<double>(c.embedding.dimension),
             queries = static_cast<double>(c.data.queries), classes = static_cast<double>(c.data.classes);
  // parameters, gradients, an optimiser's memories and points; one evaluation; embedding
  const double blocks = dimension * nodes + tokens * queries + nodes * classes;
  const double evaluation = samples * (8 * tokens + 10 * nodes + 3 * queries + 6 * classes);
  return 8 * (12 * blocks + evaluation + dimension * (tokens + queries));
}

}  // namespace

SystemEntry joma_layer_system() {
  return {"joma_layer",
          "JoMA: attention of queries over context tokens and one layer of hidden nodes, beside Theorem 1",
          "arXiv 2310.00535, joma.md, Theorem 1",
          {"w", "z", "upper"},
          [](const Settings& settings) {
            sim::check_layer_config(settings.joma_layer);
            for (const sim::StageConfig& stage : settings.config.stages) {
              if (stage.train.contains("upper") && settings.joma_layer.upstream != "upper")
                throw sim::ConfigError("model.upstream", settings.joma_layer.upstream,
                                       "upper, since a stage trains that block");
            }
          },
          bytes,
          [](const Settings& settings, sim::ThreadTeam*) -> std::unique_ptr<Simulation> {
            return std::make_unique<LayerSimulation>(settings);
          }};
}

}  // namespace lemmata::scenarios
