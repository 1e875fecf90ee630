#pragma once
#include <span>
#include <string_view>

namespace lemmata::scenarios {

/// One file of scenarios/settings, embedded in the program when it is built.
struct ShippedScenario {
  std::string_view name;   ///< its path below scenarios/settings without .json: "mot/three_stage"
  std::string_view json;
};

/// Every shipped scenario, by name; and every law map, of scenarios/maps, and boundary, of scenarios/boundaries,
/// likewise. Defined in a source that cmake/scenarios.cmake generates.
std::span<const ShippedScenario> shipped_scenarios();
std::span<const ShippedScenario> shipped_maps();
std::span<const ShippedScenario> shipped_boundaries();

}  // namespace lemmata::scenarios
