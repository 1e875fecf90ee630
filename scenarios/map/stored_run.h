#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "scenarios/map/cell.h"

namespace lemmata::scenarios {

/// A run of a map as it is kept: plain numbers by name, curves by name. What a map says can be derived from these
/// alone.
struct StoredRun {
  std::map<std::string, double> numbers;
  std::map<std::string, std::vector<double>> curves;

  double number(const std::string& name) const { return numbers.at(name); }
  std::size_t code(const std::string& name) const { return static_cast<std::size_t>(numbers.at(name)); }
  GapLaw law(const std::string& gap) const { return static_cast<GapLaw>(code("law_" + gap)); }
};

/// @param place  of the cell in cells_of(plan).
StoredRun stored_run(const MapCell& cell, std::size_t place, const CellRun& run);

/// One line of text and back; not-finite numbers are null. @throws InputError on a line that is not a run of this map.
std::string line_of(const StoredRun& run);
StoredRun run_of_line(const std::string& line, const std::string& source);

/// The consolidated file: every number over `run`, curves over (run, step) or (run, eps), names as codes with the CF
/// attribute `flag_meanings` (code k is word k). Opens with xarray.open_dataset.
analysis::Dataset consolidated(const LawMapPlan& plan, std::span<const StoredRun> runs);

}  // namespace lemmata::scenarios
