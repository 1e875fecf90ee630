#include "scenarios/corpus/tokenizer.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t longest_word = 256;

// Unicode's White_Space, and the byte order mark.
bool is_space(std::uint32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

bool is_word_character(std::uint32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80;
}

}  // namespace

Tokenizer::Tokenizer(const std::filesystem::path& file, TokenKind kind, std::uint64_t start)
    : reader_(file, start), kind_(kind) {}

std::uint64_t Tokenizer::offset() const { return has_ahead_ ? ahead_.offset : reader_.offset(); }

bool Tokenizer::next(std::string& token) {
  token.clear();
  if (kind_ == TokenKind::word) return next_word(token);
  const int byte = reader_.next_byte();
  if (byte >= 0) token.push_back(static_cast<char>(byte));
  return byte >= 0;
}

bool Tokenizer::next_word(std::string& token) {
  bool too_long = false;
  for (;;) {
    if (!has_ahead_ && !reader_.next(ahead_)) break;
    has_ahead_ = true;
    const std::uint32_t c = ahead_.code_point;
    const bool space = is_space(c), word = !space && is_word_character(c), begun = too_long || !token.empty();
    if (begun && !word) return true;  // it stays ahead
    has_ahead_ = false;
    if (space) continue;
    if (c >= 'A' && c <= 'Z') {
      token.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (!too_long) {
      token.append(ahead_.bytes);
    }
    if (!word) return true;
    if (token.size() > longest_word) too_long = true;
    if (too_long) token.clear();
  }
  return too_long || !token.empty();
}

}  // namespace lemmata::scenarios
