#include "sim/joma/reduced.h"

#include <optional>

#include "analysis/attention_entropy.h"
#include "analysis/stable_rank.h"
#include "scenarios/system/system.h"
#include "sim/error.h"

namespace lemmata::scenarios {
namespace {

class JomaReduced final : public Simulation {
 public:
  explicit JomaReduced(const Settings& settings)
      : system_(settings.joma_reduced, settings.config.seed), state_{system_.initial(), {}} {}

  std::vector<analysis::VariableSpec> variables() const override {
    using analysis::ElementType;
    std::vector<std::string> entries = {"step", "component"};
    if (has_nodes()) entries.push_back("node");
    std::vector<analysis::VariableSpec> list = {
        {"loss", {"step"}, ElementType::float64, "1", "loss of the law; relaxation: |mu - v|^2/2"},
        {"entropy", {"step"}, ElementType::float64, "nat", "entropy of the attention"},
        {"v", entries, ElementType::float64, "1", "v = U_C^T w"},
        {"attention", {"step", "component"}, ElementType::float64, "1", "attention, normalised to sum 1"}};
    if (has_nodes()) list.push_back({"stable_rank", {"step"}, ElementType::float64, "1", "|v|_F^2 / |v|_2^2"});
    if (state_.parameters.contains("z"))
      list.push_back({"z", {"step", "component"}, ElementType::float64, "1", "attention logits"});
    if (state_.parameters.contains("u"))
      list.push_back({"log_gap", entries, ElementType::float64, "1", "ln(1/delta), delta = 1 - v/mu"});
    return list;
  }

  Dimensions dimensions() const override {
    Dimensions sizes = {{"component", static_cast<std::size_t>(system_.mu().rows())}};
    if (has_nodes()) sizes["node"] = static_cast<std::size_t>(system_.mu().cols());
    return sizes;
  }

  analysis::Dataset parameters() const override {
    analysis::Dataset data;
    for (const auto& [name, size] : dimensions()) data.dimensions[name] = size;
    std::vector<std::string> entries = {"component"};
    if (has_nodes()) entries.push_back("node");
    data.variables.push_back({"mu", entries, row_major(system_.mu()), "1", "target, or Delta = E[g x]", {}});
    for (const auto& [name, block] : state_.parameters) {
      data.variables.push_back({name,
                                name == "z" ? std::vector<std::string>{"component"} : entries,
                                row_major(block),
                                "1",
                                name == "u" ? "ln(1 - v/mu)" : "block " + name,
                                {}});
    }
    return data;
  }

  void begin_stage(const sim::StageConfig& stage) override { stage_.emplace(state_, stage.train, system_.gradient()); }

  bool is_finite() override {
    for (const auto& [name, block] : state_.parameters) {
      if (!block.allFinite()) return false;
    }
    return true;
  }

  void measure(Row& row) override {
    sim::Blocks none;
    row["loss"] = {system_.gradient()(state_.parameters, none)};
    const Vector logits = system_.log_attention(state_.parameters);
    row["entropy"] = {analysis::attention_entropy_of_logits(logits)};
    const Matrix v = system_.v(state_.parameters);
    row["v"] = row_major(v);
    const Vector weights = (logits.array() - logits.maxCoeff()).exp().matrix();
    row["attention"] = row_major(weights / weights.sum());
    if (has_nodes()) row["stable_rank"] = {analysis::stable_rank(v)};
    if (const auto z = state_.parameters.find("z"); z != state_.parameters.end()) row["z"] = row_major(z->second);
    if (const auto u = state_.parameters.find("u"); u != state_.parameters.end())
      row["log_gap"] = row_major(-u->second);
  }

  void update() override {
    stage_->evaluate();
    stage_->update();
  }

  void state(StateFields& fields) override { fields.blocks(state_); }

 private:
  bool has_nodes() const { return system_.mu().cols() > 1; }

  sim::ReducedSystem system_;  // does not move: its gradient function points to it
  sim::BlockState state_;
  std::optional<sim::BlockStage> stage_;
};

// Whatever the constructor refuses, and blocks that this law does not have.
void check_settings(const Settings& settings) {
  const sim::ReducedSystem system(settings.joma_reduced, settings.config.seed);
  const sim::Blocks blocks = system.initial();
  std::string known;
  for (const auto& [name, block] : blocks) known += (known.empty() ? "" : " | ") + name;
  for (std::size_t i = 0; i < settings.config.stages.size(); ++i) {
    for (const auto& [name, training] : settings.config.stages[i].train) {
      if (!blocks.contains(name))
        throw sim::ConfigError("stages." + std::to_string(i) + ".train", name, known + " in this law and state");
    }
  }
}

// Parameters with gradient, memory and a flow's stages; samples with the products of a pass.
double bytes_of(const Settings& settings) {
  const sim::ReducedConfig& c = settings.joma_reduced;
  const double components = c.mu.mt19937 ? static_cast<double>(c.mu.count) : static_cast<double>(c.mu.values.size());
  const auto nodes = static_cast<double>(c.nodes);
  const double samples = c.law == "fixed_upstream" || c.law == "regression" ? static_cast<double>(c.samples) : 0;
  return 8 * (25 * components * nodes + samples * (4 * components + 4 * nodes));
}

}  // namespace

SystemEntry joma_reduced_system() {
  return {"joma_reduced",
          "JoMA's reduced models: v and attention of one layer, the data summed over",
          "arXiv 2310.00535; joma.md, Theorems 2 to 4",
          {"v", "u", "z"},
          check_settings,
          bytes_of,
          [](const Settings& settings, sim::ThreadTeam*) -> std::unique_ptr<Simulation> {
            return std::make_unique<JomaReduced>(settings);
          }};
}

}  // namespace lemmata::scenarios
