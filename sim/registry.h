#pragma once
#include <span>
#include <string>

#include "sim/error.h"

namespace lemmata::sim {

/// The entry called `name`. @throws ConfigError naming `field` and every allowed name.
template <class Entry>
const Entry& find_entry(std::span<const Entry> entries, const std::string& name, const std::string& field) {
  std::string allowed;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry;
    allowed += (allowed.empty() ? "" : " | ") + entry.name;
  }
  throw ConfigError(field, name, allowed);
}

}  // namespace lemmata::sim
