#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What tables of keys say of a key, see scenarios/configuration/settings_fields.h.
namespace lemmata::scenarios {

/// What a value may be, beyond its type.
struct Allowed {
  std::optional<double> minimum{}, exclusive_minimum{}, exclusive_maximum{};
  std::vector<std::string> names{};  ///< for texts and lists of texts
  bool required = false;
};

inline Allowed at_least(double minimum) { return {.minimum = minimum}; }
inline Allowed above(double minimum) { return {.exclusive_minimum = minimum}; }
inline Allowed one_of(std::vector<std::string> names) { return {.names = std::move(names)}; }
inline Allowed required(Allowed allowed) {
  allowed.required = true;
  return allowed;
}

/// The names of a registry's entries.
template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

}  // namespace lemmata::scenarios
