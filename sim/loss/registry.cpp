#include "sim/loss/loss.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define LOSS(name) LossEntry name##_loss();
#include "sim/loss/list.def"
#undef LOSS

std::span<const LossEntry> losses() {
#define LOSS(name) name##_loss(),
  static const LossEntry entries[] = {
#include "sim/loss/list.def"
  };
#undef LOSS
  return entries;
}

const LossEntry& loss_named(const std::string& name) { return find_entry(losses(), name, "loss.kind"); }

}  // namespace lemmata::sim
