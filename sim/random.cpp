#include "sim/random.h"

#include <cmath>
#include <numbers>

namespace lemmata::sim {

std::array<std::uint32_t, 4> Philox::block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// Key = seed; counter = (position, purpose, index low, index high). 2^32 blocks of 16 bytes per stream.
Philox::Philox(std::uint64_t seed, Purpose purpose, std::uint64_t index)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(index),
               static_cast<std::uint32_t>(index >> 32)} {}

std::uint64_t Philox::next() {
  if (used_ == 4) {
    words_ = block(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  const auto first = static_cast<std::size_t>(used_);
  const std::uint64_t low = words_[first], high = words_[first + 1];
  used_ += 2;
  return low | (high << 32);
}

// With 53 bits k + 1/2 would round, and k = 2^53 - 1 would give 1.
double Philox::unit_interval(std::uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52; }

double Philox::uniform() { return unit_interval(next()); }

double Philox::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2 * std::log(uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t Philox::below(std::uint64_t n) {
  const std::uint64_t reject = (0 - n) % n;  // 2^64 mod n values at the bottom would be over-represented
  std::uint64_t bits = next();
  while (bits < reject) bits = next();
  return bits % n;
}

void Philox::fill_uniform(std::span<double> out) {
  for (double& x : out) x = uniform();
}

void Philox::fill_normal(std::span<double> out) {
  for (double& x : out) x = normal();
}

}  // namespace lemmata::sim
