#pragma once
#include <optional>
#include <string>

#include "scenarios/map/stored_run.h"

namespace lemmata::scenarios {

/// What the runs of one cell say of one gap together.
struct CellLaw {
  std::optional<GapLaw> law;  ///< the law of every run that counts and is decided; none: see `note`
  std::string
      note;  ///< why there is none: "unclear", "mixed" (runs disagree), "impure" (no run counts), "diverged", "no L*"
  double number = 0;  ///< of the first such run: rate per step, exponent, or where it levels off
};

/// The regimes of a map with their laws, by place in cells_of(plan). A run counts if its routing is class-pure.
/// @param gap  "zero" or "floor".
std::vector<CellLaw> cell_laws(const LawMapPlan& plan, std::span<const StoredRun> runs, const std::string& gap);

/// How much of the law an axis settles: the share of decided regimes whose law is the most frequent one among the
/// regimes that agree with them on the given axes (0 axes: the share of the most frequent law of all).
/// @param axes  of "model", "loss", "noise", "optimizer", "step_rule", "schedule".
/// Checked by: tests/scenarios/law_map_summary_test.cpp.
double settled_by(const std::vector<MapCell>& cells, const std::vector<CellLaw>& laws,
                  const std::vector<std::string>& axes);

/// One page in plain words, as Markdown: where O(log 1/eps) stands against O(1/eps), where both are one or the other,
/// what decides it, the conditioning beside it, and every regime in tables. Made from the stored runs alone.
std::string summary_text(const LawMapPlan& plan, std::span<const StoredRun> runs);

}  // namespace lemmata::scenarios
