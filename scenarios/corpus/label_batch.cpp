#include "scenarios/corpus/label_batch.h"

#include "sim/error.h"

namespace lemmata::scenarios {

sim::TokenBatch label_batch(const sim::Corpus& corpus) {
  if (corpus.sequences() > corpus.vocabulary)
    throw sim::ConfigError("corpus.vocabulary", corpus.vocabulary, "at least as many as there are sequences");
  sim::Corpus labels = corpus;
  Matrix weights = Matrix::Zero(corpus.length, corpus.sequences());
  for (Index row = 0; row < corpus.sequences(); ++row) {
    const auto length = static_cast<Index>(corpus.sequence(row).size());
    if (length == 0) throw sim::ConfigError("corpus.tokens", "an empty sequence", "at least one token in each");
    for (Index position = 0; position < length; ++position)
      labels.tokens[static_cast<std::size_t>(row * corpus.length + position)] = static_cast<std::int32_t>(row);
    weights(length - 1, row) = 1;
  }
  return sim::weighted_batch(corpus, labels, weights);
}

}  // namespace lemmata::scenarios
