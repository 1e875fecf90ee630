#pragma once
#include "scenarios/boundary/contours.h"

namespace lemmata::scenarios {

/// What theory says of the number of experts, where that is what is searched along.
struct ExpertTheory {
  double sufficient = 0;  ///< N ln(N/delta), delta = 1 - probability
  long coverage = 0;      ///< least M with coverage probability >= probability, exactly
};
bool searches_experts(const BoundaryPlan& plan);
ExpertTheory expert_theory(const BoundaryPlan& plan, std::size_t row, double probability);

/// The file of a boundary (scenarios/contract.md, "Boundaries"): contours and responses by row, outcome and
/// probability, and every run. Opens with xarray.open_dataset.
analysis::Dataset boundary_dataset(const BoundaryPlan& plan, std::span<const BoundaryRun> runs,
                                   const std::vector<std::vector<RowOutcome>>& found);

/// One page in plain words, as Markdown: the contours of every outcome in tables, the searched one first.
std::string boundary_page(const BoundaryPlan& plan, std::span<const BoundaryRun> runs,
                          const std::vector<std::vector<RowOutcome>>& found);

}  // namespace lemmata::scenarios
