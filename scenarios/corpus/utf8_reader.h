#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

namespace lemmata::scenarios {

/// One character of a text, and the bytes it was written in.
struct Character {
  std::uint32_t code_point = 0;
  std::uint64_t offset = 0;  ///< in the file
  std::string_view bytes;    ///< valid until the next character is read
};

/// A UTF-8 file read in order, in blocks of 64 KiB. Bytes that are no UTF-8 (continuation bytes out of place, overlong
/// forms, surrogates, beyond U+10FFFF, an end in the middle) are refused with their offset, never replaced in silence.
/// Source: RFC 3629, section 4. Checked by: tests/scenarios/text_corpus_test.cpp (every boundary of the table there).
class Utf8Reader {
 public:
  /// @param start  offset of the first byte read; the start of a character.
  /// @throws analysis::FileError if it is no regular file, or cannot be read.
  explicit Utf8Reader(const std::filesystem::path& file, std::uint64_t start = 0);

  /// @return false at the end of the file.  @throws analysis::FileError("FILE: byte N: found ...").
  bool next(Character& character);
  /// The next byte as it is, unchecked; -1 at the end.
  int next_byte();
  std::uint64_t offset() const { return block_start_ + used_; }  ///< of the byte that comes next

 private:
  int peek();
  [[noreturn]] void refuse(std::uint64_t at, int byte, const char* allowed) const;

  std::filesystem::path file_;
  std::ifstream stream_;
  std::vector<char> block_;
  std::size_t filled_ = 0, used_ = 0;
  std::uint64_t block_start_ = 0;
  char bytes_[4] = {};
};

}  // namespace lemmata::scenarios
