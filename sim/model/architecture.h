#pragma once
#include <span>
#include <string>

#include "sim/attention/attention.h"
#include "sim/config.h"
#include "sim/expert/form.h"
#include "sim/gate/gate.h"
#include "sim/types.h"

namespace lemmata::sim {

/// The factor c_i of an expert's output F_i = c_i f_i: 1, its gate probability, or its routing score h_i + r_i.
enum class Combine { one, probability, logit };

/// What a model kind builds. A UNIT is one attention + FFN pair. The outputs of `heads` consecutive units are summed
/// into the output of one EXPERT; a gate (if any) routes each sample to experts. A single transformer is one expert of
/// H heads.
struct Architecture {
  Index experts = 1, heads = 1, neurons = 1;
  bool gated = false;
  bool shared_attention = false;
  const ExpertForm* form = nullptr;
  const Activation* activation = nullptr;
  const Attention* attention = nullptr;
  const Gate* gate = nullptr;
  GateConfig gate_config;
  Combine combine = Combine::one;  ///< that of gate_config; one without a gate
  bool linear_in_ffn = false;
  bool piecewise_linear_in_ffn = false;  ///< f = <df/dw, w> wherever it is smooth in w, as with relu
  Matrix output_weight;  ///< (neuron, unit), the initial output weights (signs)

  Index units() const { return experts * heads; }
  Index attentions() const { return shared_attention ? 1 : units(); }
  /// The attention block of a unit.
  Index attention_of(Index unit) const { return shared_attention ? 0 : unit; }
};

/// One model kind as it stands in the registry.
struct ModelEntry {
  std::string name, description, source;
  Architecture (*build)(const ModelConfig&);
  bool gated;             ///< has a gate
  bool trains_attention;  ///< the gradient in Q is not identically zero
};

std::span<const ModelEntry> models();

/// @throws ConfigError("model.kind", ...) on an unknown name.
const ModelEntry& model_named(const std::string& name);

/// The architecture that `config` describes, with every name and number checked.
/// @throws ConfigError("model.<key>", ...).
Architecture build_architecture(const ModelConfig& config);

}  // namespace lemmata::sim
