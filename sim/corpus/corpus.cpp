#include "sim/corpus/corpus.h"

#include <algorithm>
#include <string>

#include "sim/error.h"

namespace lemmata::sim {

std::span<const std::int32_t> Corpus::sequence(Index number) const {
  const auto whole =
      std::span(tokens).subspan(static_cast<std::size_t>(number * length), static_cast<std::size_t>(length));
  const auto padding_begins = std::find(whole.begin(), whole.end(), no_token);
  return whole.first(static_cast<std::size_t>(padding_begins - whole.begin()));
}

Corpus Corpus::part(Index first, Index count) const {
  const auto begin = tokens.begin() + first * length;
  return {vocabulary, length, {begin, begin + count * length}};
}

void check(const Corpus& corpus) {
  if (!(corpus.vocabulary >= 1)) throw ConfigError("corpus.vocabulary", corpus.vocabulary, "a whole number >= 1");
  if (!(corpus.length >= 1)) throw ConfigError("corpus.length", corpus.length, "a whole number >= 1");
  if (corpus.tokens.size() % static_cast<std::size_t>(corpus.length) != 0)
    throw ConfigError("corpus.tokens", corpus.tokens.size(), "a multiple of corpus.length numbers");
  for (Index number = 0; number < corpus.sequences(); ++number) {
    const auto whole =
        std::span(corpus.tokens)
            .subspan(static_cast<std::size_t>(number * corpus.length), static_cast<std::size_t>(corpus.length));
    const std::size_t used = corpus.sequence(number).size();
    for (std::size_t position = 0; position < whole.size(); ++position) {
      const std::int32_t token = whole[position];
      const bool allowed = position < used ? token >= 0 && token < corpus.vocabulary : token == no_token;
      if (!allowed)
        throw ConfigError("corpus.tokens", token,
                          "0 to " + std::to_string(corpus.vocabulary - 1) + ", and -1 behind the last token only");
    }
  }
}

}  // namespace lemmata::sim
