#include "sim/model/kind/shared.h"

#include "sim/error.h"

namespace lemmata::sim {
namespace {

// The score h_i + r_i is that of one draw: routing weights that average over draws have none.
Combine combine_of(const GateConfig& gate) {
  if (gate.combine == "one") return Combine::one;
  if (gate.combine == "probability") return Combine::probability;
  if (gate.combine != "logit") throw ConfigError("model.gate.combine", gate.combine, "one | probability | logit");
  if (gate_named(gate.routing).deterministic) {
    throw ConfigError("model.gate.combine", gate.combine,
                      "one | probability, because model.gate.routing " + gate.routing + " draws no scores");
  }
  return Combine::logit;
}

}  // namespace

Matrix alternating_signs(Index neurons, Index units) {
  Matrix signs(neurons, units);
  for (Index neuron = 0; neuron < neurons; ++neuron) signs.row(neuron).setConstant(neuron % 2 == 0 ? 1 : -1);
  return signs;
}

Architecture plain_block(const ModelConfig& config) {
  const FormEntry& form = form_named(config.expert.form);
  const ActivationEntry& activation = activation_named(config.expert.activation);
  if (!form.uses_activation && activation.name != "identity") {
    throw ConfigError("model.expert.activation", activation.name,
                      "identity (form " + form.name + " has no activation)");
  }
  if (!(config.expert.neurons >= 1))
    throw ConfigError("model.expert.neurons", config.expert.neurons, "an integer >= 1");
  Architecture built;
  built.neurons = config.expert.neurons;
  built.form = form.form;
  built.activation = activation.activation;
  built.attention = attention_named(config.attention).attention;
  built.linear_in_ffn = form.linear_in_ffn || activation.name == "identity";
  built.piecewise_linear_in_ffn = built.linear_in_ffn || activation.homogeneous_degree == 1;
  built.output_weight = alternating_signs(built.neurons, 1);
  return built;
}

Architecture gated_blocks(const ModelConfig& config) {
  if (!(config.experts >= 1)) throw ConfigError("model.experts", config.experts, "an integer >= 1");
  if (!(config.gate.noise > 0)) throw ConfigError("model.gate.noise", config.gate.noise, "a number > 0");
  if (config.gate.input != "tokens" && config.gate.input != "class_span" && config.gate.input != "attention") {
    throw ConfigError("model.gate.input", config.gate.input, "tokens | class_span | attention");
  }
  Architecture built = plain_block(config);
  built.experts = config.experts;
  built.gated = true;
  built.gate = gate_named(config.gate.routing).gate;
  built.combine = combine_of(config.gate);
  built.gate_config = config.gate;
  built.output_weight = alternating_signs(built.neurons, built.experts);
  return built;
}

}  // namespace lemmata::sim
