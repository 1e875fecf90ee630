#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "sim/config.h"
#include "sim/data/dataset.h"
#include "sim/random.h"

namespace lemmata::sim {

/// Which independent draw of a law is wanted.
struct DataDraw {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::data;   ///< data | heldout | fresh
  std::uint64_t step = 0;            ///< for fresh: the step
};

/// Declarations are verified for every entry by tests/sim/data_test.cpp.
struct DataLawEntry {
  std::string name, description, source;
  void (*check)(const DataConfig&);                          ///< throws ConfigError("data.<key>", ...)
  Dataset (*generate)(const DataConfig&, const DataDraw&);   ///< calls check first
};

std::span<const DataLawEntry> data_laws();

/// @throws ConfigError("data.law", ...) on an unknown name.
const DataLawEntry& data_law_named(const std::string& name);

}  // namespace lemmata::sim
