#pragma once
#include <string>

#include "scenarios/corpus/utf8_reader.h"

namespace lemmata::scenarios {

enum class TokenKind { word, byte };

/// Cuts a text into tokens.
///   byte: every byte is one;
///   word: white space separates and is dropped; a token is a run of word characters, or one other character. Word
///   characters are ASCII letters, digits, the underscore, and every character beyond ASCII that is no space; ASCII
///   letters become lower case. So "Don't!" is don ' t !, and a script without spaces is one token up to its next mark.
/// A byte order mark at the start is dropped by words. A word of more than 256 bytes is given as an empty token, which
/// no vocabulary has.
/// Checked by: tests/scenarios/text_corpus_test.cpp.
class Tokenizer {
 public:
  /// @param start  0, or an `offset` of earlier.
  /// @throws analysis::FileError as Utf8Reader.
  Tokenizer(const std::filesystem::path& file, TokenKind kind, std::uint64_t start = 0);

  /// @return false at the end. @throws analysis::FileError at bytes that are no UTF-8 (word only).
  bool next(std::string& token);
  std::uint64_t offset() const;  ///< of what follows the last token; where another tokenizer can go on

 private:
  bool next_word(std::string& token);

  Utf8Reader reader_;
  TokenKind kind_;
  Character ahead_;
  bool has_ahead_ = false;
};

}  // namespace lemmata::scenarios
