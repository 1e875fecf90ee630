#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {

/// From which step on a recorded variable means less than its digits say, and why.
struct NumericalNote {
  long step = 0;
  std::string variable, cause;
  std::optional<std::uint64_t> seed = {};  ///< in a file of several

  bool operator==(const NumericalNote&) const = default;
};

/// "seed 3, step 120, loss: subnormal: its relative accuracy is lost".
std::string note_text(const NumericalNote& note);

/// The root attribute `numerical_notes`: a list of {step, variable, cause[, seed]}.
Json json_from_notes(const std::vector<NumericalNote>& notes);
/// @param source  names the file in errors.  @throws InputError unless it is such a list.
std::vector<NumericalNote> notes_from_json(const std::string& text, const std::string& source);

/// Watches the recorded rows of a run for numbers that stop meaning something. Noted once per variable and cause, with
/// the first recorded step:
///
///   not finite    loss, objective, prediction_loss, heldout_loss (all others are NaN by definition somewhere);
///   0, subnormal  loss, prediction_loss; 0 only of what cannot be negative: beside an objective, or fallen to it;
///   stagnation    objective (else loss), not 0, has the same bits over 3 records and 100 steps of a stage, or more;
///   significance  hessian_min <= hessian_error; expert_excess <= excess_rounding; no certified lstar.
/// A few look-ups per recorded row.
/// Checked by: tests/scenarios/numerical_notes_test.cpp; tests/scenarios/numerical_notes_test.py.
class NumericalNotes {
 public:
  void observe(long step, const Row& row);
  /// The run ended at `step` because a block, or else the objective alone, is not finite.
  /// @param parameters  group `final`.
  void diverged(long step, const analysis::Dataset& parameters);

  const std::vector<NumericalNote>& list() const { return notes_; }  ///< by step

 private:
  void note(long step, const std::string& variable, const std::string& cause);
  void look_at_loss(long step, const std::string& name, const Row& row);
  void look_for_stagnation(long step, const Row& row);
  void look_at_significance(long step, const Row& row);

  std::vector<NumericalNote> notes_;
  bool was_positive_ = false;  // the loss
  struct {
    double value = 0, stage = 0;
    long since = 0, records = 0;
  } constant_;
};

}  // namespace lemmata::scenarios
