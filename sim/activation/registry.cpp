#include "sim/activation/activation.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define ACTIVATION(name) ActivationEntry name##_activation();
#include "sim/activation/list.def"
#undef ACTIVATION

std::span<const ActivationEntry> activations() {
#define ACTIVATION(name) name##_activation(),
  static const ActivationEntry entries[] = {
#include "sim/activation/list.def"
  };
#undef ACTIVATION
  return entries;
}

const ActivationEntry& activation_named(const std::string& name) {
  return find_entry(activations(), name, "model.expert.activation");
}

}  // namespace lemmata::sim
