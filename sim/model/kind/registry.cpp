#include "sim/registry.h"
#include "sim/model/architecture.h"

namespace lemmata::sim {

#define MODEL(name) ModelEntry name##_model();
#include "sim/model/kind/list.def"
#undef MODEL

std::span<const ModelEntry> models() {
#define MODEL(name) name##_model(),
  static const ModelEntry entries[] = {
#include "sim/model/kind/list.def"
  };
#undef MODEL
  return entries;
}

const ModelEntry& model_named(const std::string& name) { return find_entry(models(), name, "model.kind"); }

Architecture build_architecture(const ModelConfig& config) {
  if (!(config.init.ffn_std >= 0)) throw ConfigError("model.init.ffn_std", config.init.ffn_std, "a number >= 0");
  if (!(config.init.attention_std >= 0)) {
    throw ConfigError("model.init.attention_std", config.init.attention_std, "a number >= 0");
  }
  if (config.init.ffn_law != "normal" && config.init.ffn_law != "uniform") {
    throw ConfigError("model.init.ffn_law", config.init.ffn_law, "normal | uniform");
  }
  return model_named(config.kind).build(config);
}

}  // namespace lemmata::sim
