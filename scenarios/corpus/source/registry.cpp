#include <vector>

#include "scenarios/corpus/token_source.h"
#include "sim/registry.h"

namespace lemmata::scenarios {

#define TOKEN_SOURCE(name) TokenSourceEntry name##_token_source();
#include "scenarios/corpus/source/list.def"
#undef TOKEN_SOURCE

std::span<const TokenSourceEntry> token_sources() {
#define TOKEN_SOURCE(name) name##_token_source(),
  static const std::vector<TokenSourceEntry> entries = {
#include "scenarios/corpus/source/list.def"
  };
#undef TOKEN_SOURCE
  return entries;
}

const TokenSourceEntry& token_source_named(const std::string& name) {
  return sim::find_entry(token_sources(), name, "data.law");
}

}  // namespace lemmata::scenarios
