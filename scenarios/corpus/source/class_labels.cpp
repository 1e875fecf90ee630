#include "scenarios/corpus/label_batch.h"
#include "scenarios/corpus/token_source.h"

namespace lemmata::scenarios {
namespace {

// The same sequences as those of `class_sequences`; what is predicted is the class, at the last position.
class LabelSource final : public TokenSource {
 public:
  LabelSource(const sim::ClassSequencesConfig& config, std::uint64_t seed)
      : made_(sim::class_sequences(config, seed)), batch_(label_batch(made_.corpus)) {}
  const sim::TokenBatch& batch(long) override { return batch_; }
  sim::TokenBatch probe(long) const override { return batch_; }
  const sim::ClassSequences* latents() const override { return &made_; }

 private:
  sim::ClassSequences made_;
  sim::TokenBatch batch_;
};

}  // namespace

TokenSourceEntry class_labels_token_source() {
  return {"class_labels", "the class of each class sequence, predicted at its last position",
          "arXiv 2310.00535, table 1",
          [](const CorpusSettings& settings, std::uint64_t seed) -> std::unique_ptr<TokenSource> {
            return under_data([&] { return std::make_unique<LabelSource>(settings.class_sequences, seed); });
          },
          [](const CorpusSettings& settings) {
            return static_cast<double>(settings.class_sequences.classes) * static_cast<double>(settings.length);
          }};
}

}  // namespace lemmata::scenarios
