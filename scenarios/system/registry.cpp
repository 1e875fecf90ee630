#include "sim/registry.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {

#define SYSTEM(name) SystemEntry name##_system();
#include "scenarios/system/list.def"
#undef SYSTEM

std::span<const SystemEntry> systems() {
#define SYSTEM(name) name##_system(),
  static const std::vector<SystemEntry> entries = {
#include "scenarios/system/list.def"
  };
#undef SYSTEM
  return entries;
}

const SystemEntry& system_named(const std::string& name) { return sim::find_entry(systems(), name, "system"); }

}  // namespace lemmata::scenarios
