#include "scenarios/corpus/utf8_reader.h"

#include <cstdio>
#include <string>

#include "analysis/file_error.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t block_size = 65536;

std::string in_hex(int byte) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%02X", static_cast<unsigned>(byte));
  return text;
}

}  // namespace

Utf8Reader::Utf8Reader(const std::filesystem::path& file, std::uint64_t start)
    : file_(file), block_(block_size), block_start_(start) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw analysis::FileError(file, "", "no regular file", "a UTF-8 text file");
  stream_.open(file, std::ios::binary);
  if (stream_ && start > 0) stream_.seekg(static_cast<std::streamoff>(start));
  if (!stream_) throw analysis::FileError(file, "", "a file that cannot be opened", "a UTF-8 text file");
}

int Utf8Reader::peek() {
  if (used_ == filled_) {
    block_start_ += filled_;
    stream_.read(block_.data(), static_cast<std::streamsize>(block_size));
    if (stream_.bad()) throw analysis::FileError(file_, "", "a read error", "a readable UTF-8 text file");
    filled_ = static_cast<std::size_t>(stream_.gcount());
    used_ = 0;
    if (filled_ == 0) return -1;
  }
  return static_cast<unsigned char>(block_[used_]);
}

int Utf8Reader::next_byte() {
  const int byte = peek();
  if (byte >= 0) ++used_;
  return byte;
}

void Utf8Reader::refuse(std::uint64_t at, int byte, const char* allowed) const {
  throw analysis::FileError(file_, "byte " + std::to_string(at),
                            byte < 0 ? "the end of the file within a character" : in_hex(byte), allowed);
}

bool Utf8Reader::next(Character& character) {
  const std::uint64_t start = offset();
  const int lead = next_byte();
  if (lead < 0) return false;
  std::size_t length = 1;
  int low = 0x80, high = 0xBF;  // of the second byte: the table of RFC 3629
  if (lead >= 0x80) {
    if (lead < 0xC2 || lead > 0xF4) refuse(start, lead, "UTF-8: 00-7F or C2-F4 to begin a character");
    length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  constexpr int payload[] = {0x7F, 0x1F, 0x0F, 0x07};
  auto code_point = static_cast<std::uint32_t>(lead & payload[length - 1]);
  bytes_[0] = static_cast<char>(lead);
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint64_t at = offset();
    const int byte = next_byte();
    if (byte < low || byte > high) refuse(at, byte, "UTF-8: the continuation of the character before it");
    code_point = code_point << 6 | static_cast<std::uint32_t>(byte & 0x3F);
    bytes_[i] = static_cast<char>(byte);
    low = 0x80, high = 0xBF;
  }
  character = {code_point, start, {bytes_, length}};
  return true;
}

}  // namespace lemmata::scenarios
