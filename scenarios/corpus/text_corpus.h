#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "scenarios/corpus/tokenizer.h"
#include "sim/corpus/corpus.h"

namespace lemmata::scenarios {

/// A text file as sequences of tokens.
struct TextConfig {
  std::filesystem::path file;
  std::string tokens = "word";  ///< word | byte
  long vocabulary = 1000;       ///< at most this many tokens, 0 being everything that is not among the most frequent
  long length = 64;             ///< tokens of a sequence
};

/// Where a reader of a text stands, as a plain value: a checkpoint is a copy.
struct TextPosition {
  std::uint64_t offset = 0;  ///< byte of the file
  long epoch = 0;            ///< how often the end has been passed
};

/// Any UTF-8 text, read once to count its tokens and after that streamed: at no time is more of it in memory than a
/// block of 64 KiB, the vocabulary and the sequences asked for. Sizes are bounded: 2^20 different tokens, 65,536 in the
/// vocabulary, sequences of 65,536.
///
/// Token 0 is "unknown"; 1, 2, ... are the most frequent tokens in falling order of frequency, equals in the order of
/// their bytes, so that the same text gives the same numbers everywhere. Bytes that are no UTF-8 are refused, for byte
/// tokens too: file and offset are named, nothing is replaced.
/// Checked by: tests/scenarios/text_corpus_test.cpp.
class TextCorpus {
 public:
  /// Reads the file once.
  /// @throws sim::ConfigError("tokens" | "vocabulary" | "length", ...), analysis::FileError: no such file, no UTF-8,
  /// too many different tokens, fewer tokens than one sequence has.
  explicit TextCorpus(const TextConfig& config);

  const TextConfig& config() const { return config_; }
  long vocabulary() const { return static_cast<long>(tokens_.size()); }  ///< unknown included; <= config().vocabulary
  const std::string& token(long number) const { return tokens_[static_cast<std::size_t>(number)]; }  ///< "" = unknown
  std::uint64_t length() const { return total_; }  ///< tokens of the text
  double unknown_share() const { return unknown_share_; }
  /// How often each token occurs, (token), unknown first.
  const std::vector<std::uint64_t>& counts() const { return counts_; }

  /// The next sequences from `position` on, which is moved behind them. Tokens follow one another without gap; a
  /// sequence that meets the end of the text goes on at its start.
  /// @throws analysis::FileError if the file is not as long as it was when counted.
  sim::Corpus next(long sequences, TextPosition& position) const;

 private:
  using Counts = std::unordered_map<std::string, std::uint64_t>;
  Counts counted();
  void choose_vocabulary(const Counts& counts);

  TextConfig config_;
  TokenKind kind_ = TokenKind::word;
  std::uint64_t size_ = 0, total_ = 0;
  double unknown_share_ = 0;
  std::vector<std::string> tokens_;
  std::vector<std::uint64_t> counts_;
  std::unordered_map<std::string, std::int32_t> number_;
};

}  // namespace lemmata::scenarios
