#include "scenarios/corpus/text_corpus.h"

#include <algorithm>
#include <system_error>

#include "analysis/file_error.h"
#include "sim/error.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_different = std::size_t{1} << 20;
constexpr long most = 65'536;

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) throw analysis::FileError(file, "", error.message(), "a UTF-8 text file");
  return size;
}

TokenKind checked_kind(const TextConfig& config) {
  if (config.tokens != "word" && config.tokens != "byte")
    throw sim::ConfigError("tokens", config.tokens, "word | byte");
  if (!(config.vocabulary >= 2 && config.vocabulary <= most))
    throw sim::ConfigError("vocabulary", config.vocabulary, "an integer from 2 to 65,536");
  if (!(config.length >= 1 && config.length <= most))
    throw sim::ConfigError("length", config.length, "an integer from 1 to 65,536");
  return config.tokens == "byte" ? TokenKind::byte : TokenKind::word;
}

}  // namespace

TextCorpus::TextCorpus(const TextConfig& config) : config_(config), kind_(checked_kind(config)) {
  choose_vocabulary(counted());
  if (total_ < static_cast<std::uint64_t>(config.length))
    throw analysis::FileError(config.file, "", std::to_string(total_) + " tokens",
                              "a text of at least one sequence, " + std::to_string(config.length) + " tokens");
}

TextCorpus::Counts TextCorpus::counted() {
  Counts counts;
  if (kind_ == TokenKind::byte) {  // once as characters, so that what is no UTF-8 is refused
    Utf8Reader reader(config_.file);
    for (Character character; reader.next(character);) {
      for (const char byte : character.bytes) ++counts[std::string(1, byte)], ++total_;
    }
  } else {
    Tokenizer tokenizer(config_.file, kind_);
    for (std::string token; tokenizer.next(token); ++total_) {
      ++counts[token];
      if (counts.size() > most_different)
        throw analysis::FileError(config_.file, "byte " + std::to_string(tokenizer.offset()),
                                  "more than 1,048,576 different words", "a text of fewer, or tokens = byte");
    }
  }
  size_ = size_of(config_.file);
  return counts;
}

void TextCorpus::choose_vocabulary(const Counts& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> order;
  for (const auto& [token, count] : counts) {
    if (!token.empty()) order.emplace_back(token, count);  // the empty one stands for words that are too long
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(config_.vocabulary - 1)));
  tokens_ = {""};
  counts_ = {total_};
  for (const auto& [token, count] : order) {
    number_[token] = static_cast<std::int32_t>(tokens_.size());
    tokens_.push_back(token);
    counts_.push_back(count);
    counts_[0] -= count;
  }
  if (total_ > 0) unknown_share_ = static_cast<double>(counts_[0]) / static_cast<double>(total_);
}

sim::Corpus TextCorpus::next(long sequences, TextPosition& position) const {
  if (const std::uint64_t size = size_of(config_.file); size != size_)
    throw analysis::FileError(config_.file, "", std::to_string(size) + " bytes",
                              "the file that was counted, " + std::to_string(size_) + " bytes");
  sim::Corpus corpus{vocabulary(), config_.length, {}};
  const auto wanted = static_cast<std::size_t>(sequences * config_.length);
  corpus.tokens.reserve(wanted);
  Tokenizer tokenizer(config_.file, kind_, position.offset);
  std::string token;
  bool any = position.offset > 0;  // a text that has lost its tokens must not be read for ever
  while (corpus.tokens.size() < wanted) {
    if (tokenizer.next(token)) {
      const auto found = number_.find(token);
      corpus.tokens.push_back(found == number_.end() ? 0 : found->second);
      any = true;
      continue;
    }
    if (!any) throw analysis::FileError(config_.file, "", "no token", "the file that was counted");
    tokenizer = Tokenizer(config_.file, kind_);
    ++position.epoch;
    any = false;
  }
  position.offset = tokenizer.offset();
  return corpus;
}

}  // namespace lemmata::scenarios
