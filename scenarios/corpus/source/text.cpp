#include "scenarios/corpus/text_corpus.h"
#include "scenarios/corpus/token_source.h"

namespace lemmata::scenarios {
namespace {

// Reads on in the text from step to step; with fixed sampling always its first sequences. A step further back, as after
// a checkpoint, is reached by reading up to it again, so that a step's batch depends on its number alone.
class TextSource final : public TokenSource {
 public:
  explicit TextSource(const CorpusSettings& settings)
      : text_({settings.file, settings.tokens, settings.vocabulary, settings.length}),
        sequences_(settings.sequences),
        is_fresh_(settings.sampling == "fresh") {}

  const sim::TokenBatch& batch(long step) override {
    const long wanted = is_fresh_ ? step : 0;
    if (wanted == drawn_) return batch_;
    if (wanted < drawn_) position_ = {}, drawn_ = -1;
    for (; drawn_ + 1 < wanted; ++drawn_) text_.next(sequences_, position_);
    batch_ = sim::next_token_batch(text_.next(sequences_, position_));
    drawn_ = wanted;
    return batch_;
  }
  sim::TokenBatch probe(long sequences) const override {
    TextPosition start;
    return sim::next_token_batch(text_.next(sequences, start));
  }

 private:
  TextCorpus text_;
  long sequences_;
  bool is_fresh_;
  long drawn_ = -1;
  TextPosition position_;
  sim::TokenBatch batch_;
};

}  // namespace

TokenSourceEntry text_token_source() {
  return {"text", "a UTF-8 text file, read on from step to step", "scenarios/corpus/text_corpus.h",
          [](const CorpusSettings& settings, std::uint64_t) -> std::unique_ptr<TokenSource> {
            if (settings.file.empty()) throw sim::ConfigError("data.file", "\"\"", "the path of a UTF-8 text file");
            return under_data([&] { return std::make_unique<TextSource>(settings); });
          },
          [](const CorpusSettings& settings) {
            return static_cast<double>(settings.sequences) * static_cast<double>(settings.length);
          }};
}

}  // namespace lemmata::scenarios
