#include "sim/optimizer/optimizer.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define OPTIMIZER(name) OptimizerEntry name##_optimizer();
#include "sim/optimizer/list.def"
#undef OPTIMIZER

std::span<const OptimizerEntry> optimizers() {
#define OPTIMIZER(name) name##_optimizer(),
  static const OptimizerEntry entries[] = {
#include "sim/optimizer/list.def"
  };
#undef OPTIMIZER
  return entries;
}

const OptimizerEntry& optimizer_named(const std::string& name, const std::string& field) {
  return find_entry(optimizers(), name, field);
}

}  // namespace lemmata::sim
