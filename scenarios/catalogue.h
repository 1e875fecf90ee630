#pragma once
#include <span>
#include <string>
#include <vector>

namespace lemmata::scenarios {

/// One setting that a claim is checked in.
struct CatalogueSetting {
  std::string name, expected, cost;        ///< expected verdict; quick | long
};

/// One thing that can be chosen by name.
struct CatalogueRow {
  std::string name, description, source;
  std::vector<CatalogueSetting> settings = {};   ///< of a claim, as are those below; empty for everything else
  std::string group = {}, formula = {};          ///< ClaimEntry::group, ClaimEntry::formula
  std::vector<std::string> assumptions = {};
};

/// One registry, as `lemmata list` shows it.
struct CatalogueKind {
  std::string name;                        ///< "gates"
  std::vector<CatalogueRow> (*rows)();
};

/// Every registry of the program; the tables of the README are made from it.
std::span<const CatalogueKind> catalogue();

}  // namespace lemmata::scenarios
