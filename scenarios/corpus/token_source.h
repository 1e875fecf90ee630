#pragma once
#include <memory>
#include <span>
#include <string>

#include "scenarios/system/transformer_settings.h"
#include "sim/corpus/class_sequences.h"
#include "sim/error.h"
#include "sim/transformer/batch.h"

namespace lemmata::scenarios {

/// Where a transformer's sequences come from, a batch for each step.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// The batch of step 0, 1, ...; valid until the next call.
  virtual const sim::TokenBatch& batch(long step) = 0;
  /// Sequences to look at throughout training: of an endless law some that no step reads, of a text its first, of
  /// classes all.
  virtual sim::TokenBatch probe(long sequences) const = 0;
  /// The latents behind the sequences; null where there are none.
  virtual const sim::ClassSequences* latents() const { return nullptr; }
};

/// One law of sequences: a file in scenarios/corpus/source and a line in its list.def; its settings stand in
/// CorpusSettings, its keys in visit_corpus.
struct TokenSourceEntry {
  std::string name, description, source;
  /// @throws sim::ConfigError("data.<field>", ...)
  std::unique_ptr<TokenSource> (*make)(const CorpusSettings& settings, std::uint64_t seed);
  /// Most tokens that a batch may have.
  double (*tokens)(const CorpusSettings& settings);
};

/// Checked by: tests/scenarios/transformer_system_test.cpp.
std::span<const TokenSourceEntry> token_sources();

/// @throws sim::ConfigError("data.law", ...) on an unknown name.
const TokenSourceEntry& token_source_named(const std::string& name);

/// Calls `make`, with "data." in front of the fields of its errors. Vocabulary and length of every law are those of
/// `data` itself.
template <class Make>
auto under_data(Make make) {
  try {
    return make();
  } catch (const sim::ConfigError& error) {
    std::string field = error.field();
    for (const std::string common : {"vocabulary", "length"}) {
      if (field.ends_with("." + common)) field = common;
    }
    throw sim::ConfigError("data." + field, error.found(), error.allowed());
  }
}

}  // namespace lemmata::scenarios
