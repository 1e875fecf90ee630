#include "scenarios/corpus/token_source.h"

namespace lemmata::scenarios {
namespace {

// One sequence per class, all of them at every step.
class ClassSource final : public TokenSource {
 public:
  ClassSource(const sim::ClassSequencesConfig& config, std::uint64_t seed)
      : made_(sim::class_sequences(config, seed)), batch_(sim::next_token_batch(made_.corpus)) {}
  const sim::TokenBatch& batch(long) override { return batch_; }
  sim::TokenBatch probe(long) const override { return batch_; }
  const sim::ClassSequences* latents() const override { return &made_; }

 private:
  sim::ClassSequences made_;
  sim::TokenBatch batch_;
};

}  // namespace

TokenSourceEntry class_sequences_token_source() {
  return {"class_sequences", "one sequence per class from two levels of latents", "arXiv 2310.00535, table 1",
          [](const CorpusSettings& settings, std::uint64_t seed) -> std::unique_ptr<TokenSource> {
            return under_data([&] { return std::make_unique<ClassSource>(settings.class_sequences, seed); });
          },
          [](const CorpusSettings& settings) {
            return static_cast<double>(settings.class_sequences.classes) * static_cast<double>(settings.length);
          }};
}

}  // namespace lemmata::scenarios
