#include "sim/attention/attention.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define ATTENTION(name) AttentionEntry name##_attention();
#include "sim/attention/list.def"
#undef ATTENTION

std::span<const AttentionEntry> attentions() {
#define ATTENTION(name) name##_attention(),
  static const AttentionEntry entries[] = {
#include "sim/attention/list.def"
  };
#undef ATTENTION
  return entries;
}

const AttentionEntry& attention_named(const std::string& name) {
  return find_entry(attentions(), name, "model.attention");
}

}  // namespace lemmata::sim
