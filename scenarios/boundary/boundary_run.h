#pragma once
#include <functional>
#include <string>
#include <vector>

#include "scenarios/boundary/plan.h"
#include "scenarios/measure/specialisation.h"

namespace lemmata::scenarios {

/// What a run is looked at for; places in this list are the codes of `outcome` in the file.
///   pure, specialised          class-pure routing (claim M2) and specialised experts (claim M1) at T1, the end of
///   stage I covered                    every class won by some expert at the initial values (claim M3) pure_end,
///   specialised_end  the first two at the end of stage II
inline const std::vector<std::string> outcome_names = {"pure", "specialised", "covered", "pure_end", "specialised_end"};

/// One run of one seed at one value of one row; numbers that a run which diverged does not have are NaN.
struct BoundaryRun {
  long row = 0, number = 0;  ///< number: which run of its row
  long seed = 0;
  double value = 0;  ///< of the searched setting; with `relative` the factor
  bool completed = true;
  bool covered = false;
  Specialisation at_t1, at_end;

  bool held(std::size_t outcome) const;
};

void fields_of(BoundaryRun& run, Fields& fields);

/// The seed of a run: no two runs of a boundary share one.
long seed_of(const BoundaryPlan& plan, std::size_t row, long number);

/// Trains it.
/// @param proceed  asked at every step; false interrupts, and the result is then not to be used.
BoundaryRun boundary_run(const BoundaryPlan& plan, std::size_t row, long number, double value,
                         const std::function<bool()>& proceed);

/// One line of text and back; not-finite numbers are null.
/// @throws InputError on a line that is not a run of a boundary.
std::string line_of(BoundaryRun run);
BoundaryRun boundary_run_of_line(const std::string& line, const std::string& source);

}  // namespace lemmata::scenarios
