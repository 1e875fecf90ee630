#include "sim/gate/gate.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define GATE(name) GateEntry name##_gate();
#include "sim/gate/list.def"
#undef GATE

std::span<const GateEntry> gates() {
#define GATE(name) name##_gate(),
  static const GateEntry entries[] = {
#include "sim/gate/list.def"
  };
#undef GATE
  return entries;
}

const GateEntry& gate_named(const std::string& name) { return find_entry(gates(), name, "model.gate.routing"); }

std::vector<Index> argmax_expert(const Matrix& logits) {
  std::vector<Index> winner(static_cast<std::size_t>(logits.cols()));
  for (Index sample = 0; sample < logits.cols(); ++sample) {
    Index best = 0;
    for (Index expert = 1; expert < logits.rows(); ++expert) {
      if (logits(expert, sample) > logits(best, sample)) best = expert;
    }
    winner[static_cast<std::size_t>(sample)] = best;
  }
  return winner;
}

}  // namespace lemmata::sim
