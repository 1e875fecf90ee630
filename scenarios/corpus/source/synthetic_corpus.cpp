#include "scenarios/corpus/token_source.h"

namespace lemmata::scenarios {
namespace {

constexpr std::uint64_t probe_first = std::uint64_t{1} << 62;  // no run gets there

// Step t reads sequences t n, ..., t n + n - 1 of an endless corpus; with fixed sampling always the first n.
class SyntheticSource final : public TokenSource {
 public:
  SyntheticSource(const CorpusSettings& settings, std::uint64_t seed)
      : corpus_(settings.synthetic, seed), sequences_(settings.sequences), is_fresh_(settings.sampling == "fresh") {}

  const sim::TokenBatch& batch(long step) override {
    const long wanted = is_fresh_ ? step : 0;
    if (wanted != drawn_) {
      batch_ = sim::next_token_batch(corpus_.draw(static_cast<std::uint64_t>(wanted * sequences_), sequences_));
      drawn_ = wanted;
    }
    return batch_;
  }
  sim::TokenBatch probe(long sequences) const override {
    return sim::next_token_batch(corpus_.draw(probe_first, sequences));
  }

 private:
  sim::SyntheticCorpus corpus_;
  long sequences_;
  bool is_fresh_;
  long drawn_ = -1;
  sim::TokenBatch batch_;
};

}  // namespace

TokenSourceEntry synthetic_corpus_token_source() {
  return {"synthetic_corpus", "a mixture of bigrams, topics and Zipf's law", "sim/corpus/synthetic.h",
          [](const CorpusSettings& settings, std::uint64_t seed) -> std::unique_ptr<TokenSource> {
            return under_data([&] { return std::make_unique<SyntheticSource>(settings, seed); });
          },
          [](const CorpusSettings& settings) {
            return static_cast<double>(settings.sequences) * static_cast<double>(settings.length);
          }};
}

}  // namespace lemmata::scenarios
