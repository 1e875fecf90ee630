#pragma once
#include <string>
#include <vector>

#include "analysis/boundary_search.h"
#include "scenarios/study/plan_text.h"

// A boundary: where along one setting an outcome of Proposition 1 comes or goes, for several values of another setting.
// Boundaries are data, scenarios/boundaries/*.json.
namespace lemmata::scenarios {

/// A setting that follows another one: times x value + plus.
struct LinkedSetting {
  std::string path;
  double times = 1, plus = 0;
};

/// The setting that tells rows apart.
struct BoundaryRows {
  std::string path;
  std::vector<double> values;
  std::vector<LinkedSetting> also;
};

/// The setting that is searched along, from low to high.
struct BoundaryAxis {
  std::string path;
  double low = 0, high = 1;
  bool log_scale = false;
  bool integer = false;   ///< whole values only
  bool relative = false;  ///< the setting is the value x the row's value
  bool rising = true;     ///< whether the outcome comes with larger values, or goes
  std::vector<LinkedSetting> also;
};

struct BoundaryPlan : Study {
  BoundaryRows rows;
  BoundaryAxis search;
  std::size_t outcome = 0;  ///< the one that is searched for, a place in outcome_names
  analysis::SearchRule rule;
};

/// Reads a shipped boundary ("mot/beta_gamma") or a .json file.
/// @throws InputError naming file, key, value and what is allowed.
/// Checked by: tests/scenarios/boundary_test.cpp, tests/scenarios/boundary_test.py.
BoundaryPlan load_boundary(const std::string& name_or_file);

/// A value as a place in [0, 1] and back: 0 is the end of the range where the outcome is rare. A place becomes the
/// nearest value that the axis has, inside the range.
double place_of(const BoundaryAxis& axis, double value);
double value_at(const BoundaryAxis& axis, double place);

/// The scenario of one value in one row: the first two stages of the base, T1 being the end of the first.
Scenario point_scenario(const BoundaryPlan& plan, std::size_t row, double value);

}  // namespace lemmata::scenarios
