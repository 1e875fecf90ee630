#include "sim/data/law.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define DATA_LAW(name) DataLawEntry name##_law();
#include "sim/data/list.def"
#undef DATA_LAW

std::span<const DataLawEntry> data_laws() {
#define DATA_LAW(name) name##_law(),
  static const DataLawEntry entries[] = {
#include "sim/data/list.def"
  };
#undef DATA_LAW
  return entries;
}

const DataLawEntry& data_law_named(const std::string& name) { return find_entry(data_laws(), name, "data.law"); }

}  // namespace lemmata::sim
