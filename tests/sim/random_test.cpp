#include "sim/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <vector>

#include "tests/close.h"

using namespace lemmata::sim;

namespace {

using Words = std::array<std::uint32_t, 4>;

/// z of an observed mean against mean and variance of one draw, n draws.
double z_score(double observed_mean, double mean, double variance, double n) {
  return (observed_mean - mean) / std::sqrt(variance / n);
}

// |z| < 6: false alarm 2e-9 per check, and the seeds are fixed, so a pass never turns into an alarm.
constexpr double z_limit = 6;

}  // namespace

TEST_CASE("random: the known-answer vectors of Random123 for philox4x32-10") {
  CHECK(Philox::block({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(Philox::block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: a stream is blocks 0, 1, 2, ... of its key and its (purpose, index), low word first") {
  const std::uint64_t seed = 0x0123456789abcdef, index = 0xfedcba9876543210;
  Philox stream(seed, Purpose::data, index);
  for (std::uint32_t position = 0; position < 3; ++position) {
    const Words words = Philox::block({position, 2, 0x76543210, 0xfedcba98}, {0x89abcdef, 0x01234567});
    CHECK(stream.next() == (words[0] | (std::uint64_t{words[1]} << 32)));
    CHECK(stream.next() == (words[2] | (std::uint64_t{words[3]} << 32)));
  }
}

TEST_CASE("random: streams of different seed, purpose or index differ in every word, the same stream repeats") {
  std::set<std::uint64_t> words;
  int drawn = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32}) {
    for (const Purpose purpose : {Purpose::basis, Purpose::data, Purpose::heldout, Purpose::init, Purpose::routing,
                                  Purpose::fresh, Purpose::test}) {
      for (const std::uint64_t index : {0ULL, 1ULL, 1ULL << 32}) {
        Philox stream(seed, purpose, index), again(seed, purpose, index);
        for (int i = 0; i < 8; ++i, ++drawn) {
          const std::uint64_t word = stream.next();
          CHECK(word == again.next());
          words.insert(word);
        }
      }
    }
  }
  CHECK(drawn == 3 * 7 * 3 * 8);
  CHECK(words.size() == static_cast<std::size_t>(drawn));  // a chance collision of 504 words: 7e-15
}

TEST_CASE("random: uniform is (k + 1/2) 2^-52, inside (0, 1) at both ends") {
  CHECK(Philox::unit_interval(0) == 0x1p-53);
  CHECK(Philox::unit_interval(std::numeric_limits<std::uint64_t>::max()) == 1 - 0x1p-53);
  CHECK(Philox::unit_interval(std::uint64_t{1} << 63) == 0.5 + 0x1p-53);
  Philox stream(5, Purpose::test), words(5, Purpose::test);
  for (int i = 0; i < 100; ++i) CHECK(stream.uniform() == Philox::unit_interval(words.next()));
}

TEST_CASE("random: moments of uniform and normal, correlation of neighbours and of neighbouring streams") {
  const int n = 400000;
  Philox stream(11, Purpose::test, 3), other(11, Purpose::test, 4), gaussian(12, Purpose::test);
  double u1 = 0, u2 = 0, lag = 0, across = 0, previous = 0.5, g1 = 0, g2 = 0, g3 = 0, g4 = 0, g_lag = 0, g_previous = 0;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform() - 0.5, v = other.uniform() - 0.5, g = gaussian.normal();
    u1 += u, u2 += u * u, lag += u * previous, across += u * v, previous = u;
    g1 += g, g2 += g * g, g3 += g * g * g, g4 += g * g * g * g, g_lag += g * g_previous, g_previous = g;
  }
  CHECK(std::abs(z_score(u1 / n, 0, 1. / 12, n)) < z_limit);
  CHECK(std::abs(z_score(u2 / n, 1. / 12, 1. / 180, n)) < z_limit);  // var u^2 = 1/80 - 1/144
  CHECK(std::abs(z_score(lag / n, 0, 1. / 144, n)) < z_limit);
  CHECK(std::abs(z_score(across / n, 0, 1. / 144, n)) < z_limit);
  CHECK(std::abs(z_score(g1 / n, 0, 1, n)) < z_limit);
  CHECK(std::abs(z_score(g2 / n, 1, 2, n)) < z_limit);
  CHECK(std::abs(z_score(g3 / n, 0, 15, n)) < z_limit);
  CHECK(std::abs(z_score(g4 / n, 3, 96, n)) < z_limit);    // 105 - 9
  CHECK(std::abs(z_score(g_lag / n, 0, 1, n)) < z_limit);  // the two halves of a Box-Muller pair are independent
}

TEST_CASE("random: normals are the two halves of Box-Muller, sqrt(-2 ln u) cos 2 pi v and then its sin") {
  Philox gaussian(23, Purpose::test), uniform(23, Purpose::test);
  for (int i = 0; i < 50; ++i) {
    const double radius = std::sqrt(-2 * std::log(uniform.uniform())), angle = 2 * std::numbers::pi * uniform.uniform();
    CHECK(close(gaussian.normal(), radius * std::cos(angle), 1e-15, 1e-15));  // the same roundings, perhaps fused
    CHECK(close(gaussian.normal(), radius * std::sin(angle), 1e-15, 1e-15));
  }
}

TEST_CASE("random: the normal law itself, not only its moments: counts below -2, -1, 0, 1, 2") {
  const int n = 400000;
  Philox gaussian(13, Purpose::test);
  std::vector<int> below(5, 0);
  for (int i = 0; i < n; ++i) {
    const double g = gaussian.normal();
    for (int b = 0; b < 5; ++b) below[static_cast<std::size_t>(b)] += g < b - 2;
  }
  for (int b = 0; b < 5; ++b) {
    const double p = 0.5 * std::erfc((2 - b) / std::sqrt(2.0));
    CHECK(std::abs(z_score(below[static_cast<std::size_t>(b)] / double(n), p, p * (1 - p), n)) < z_limit);
  }
}

TEST_CASE("random: below(n) is uniform on 0..n-1, below(1) = 0, a large n is not biased to the low half") {
  Philox stream(17, Purpose::test);
  const int n = 90000;
  std::vector<int> count(9, 0);
  for (int i = 0; i < n; ++i) ++count.at(stream.below(9));
  for (const int c : count) CHECK(std::abs(z_score(c / double(n), 1. / 9, 8. / 81, n)) < z_limit);
  CHECK(stream.below(1) == 0);
  // n = 3 2^62: a plain remainder of 64 bits would fall below 2^62 half of the time instead of a third
  int low = 0;
  for (int i = 0; i < n; ++i) low += stream.below(std::uint64_t{3} << 62) < (std::uint64_t{1} << 62);
  CHECK(std::abs(z_score(low / double(n), 1. / 3, 2. / 9, n)) < z_limit);
}

TEST_CASE("random: fill_uniform and fill_normal are the single draws in order") {
  Philox a(19, Purpose::test), b(19, Purpose::test);
  std::vector<double> uniform(7), normal(7);
  a.fill_uniform(uniform);
  a.fill_normal(normal);
  for (const double u : uniform) CHECK(u == b.uniform());
  for (const double g : normal) CHECK(g == b.normal());
}
