#pragma once
#include <array>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

namespace lemmata::scenarios {

/// SHA-256 of a text given in pieces.
/// Source: FIPS 180-4. Checked by: tests/scenarios/sha256_test.cpp (the published examples).
class Sha256 {
 public:
  void add(std::string_view bytes);
  /// The digest of everything added, as 64 hexadecimal digits; nothing may be added afterwards.
  std::string digest();

 private:
  void compress();
  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t bytes_ = 0;
};

std::string sha256(std::string_view text);

/// Of everything that is left in a stream.
std::string sha256(std::istream& stream);

}  // namespace lemmata::scenarios
