#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace lemmata::sim {

/// What a random stream is for; part of its key, so streams never overlap.
enum class Purpose : std::uint32_t { basis = 1, data = 2, heldout = 3, init = 4, routing = 5, fresh = 6, test = 7 };

/// Philox 4x32-10: a counter-based generator. Block c of the stream (seed, purpose, index) is a pure function of these
/// four numbers, so any thread may produce any part of a stream and the bits never change.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, table 2.
/// Checked by: tests/sim/random_test.cpp (the published known-answer vectors, moments, independence of threads).
class Philox {
 public:
  Philox(std::uint64_t seed, Purpose purpose, std::uint64_t index = 0);

  /// The raw round function; counter and key as in the paper.
  static std::array<std::uint32_t, 4> block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

  /// (k + 1/2) 2^-52 with k the high 52 bits: exact in double, so neither 0 nor 1 can appear.
  static double unit_interval(std::uint64_t bits);

  std::uint64_t next();              ///< 64 random bits
  double uniform();                  ///< in (0, 1), never an end point: unit_interval(next())
  double normal();                   ///< N(0, 1) by Box-Muller, both halves used
  std::uint64_t below(std::uint64_t n);  ///< uniform on {0, ..., n-1}, without bias (rejection)
  void fill_uniform(std::span<double> out);
  void fill_normal(std::span<double> out);

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> words_{};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

}  // namespace lemmata::sim
