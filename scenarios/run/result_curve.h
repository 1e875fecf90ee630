#pragma once
#include <optional>

#include "analysis/result_reader.h"

namespace lemmata::scenarios {

/// Part of a recorded curve, with time counted from the start of the chosen range.
struct CurvePart {
  std::vector<double> time, value;
  double origin = 0;  ///< the step at which time is 0
};

/// A window of steps: a stage by its name or number (from 1), or steps [from, to]; empty = everything.
struct StepWindow {
  std::optional<std::string> stage;
  std::optional<double> from, to;
};

/// The part of `curve` in the window. A stage runs from its first record to the next stage's first; the last one to the
/// end.
/// @param seed  place along the seed dimension, if the file has one.
/// @throws InputError naming the stages that exist.
CurvePart result_curve(const analysis::ResultReader& result, const std::string& x, const std::string& y,
                       const StepWindow& window, std::optional<std::size_t> seed);

/// The last stage of the schedule, for files of any origin: by the names of the attribute `stages`; without it, the
/// last that the variable `stage` has; without that, the whole curve.
struct LastStage {
  StepWindow window;
  std::string name;     ///< "stage III", "stage 3" or "whole curve"
  bool reached = true;  ///< false: the run ended before it
};
LastStage last_stage(const analysis::ResultReader& result, std::optional<std::size_t> seed);

/// The part of a plain curve between two values of x.
CurvePart curve_window(const std::vector<double>& x, const std::vector<double>& y, const StepWindow& window);

/// Values of the `seed` coordinate; empty without that dimension.
std::vector<std::int64_t> seeds_of(const analysis::ResultReader& result);

/// Number, from 1, of the last stage that has a record; 0 without one, or without a variable `stage`.
std::size_t last_stage_reached(const analysis::ResultReader& result, std::optional<std::size_t> seed);

/// Names of the stages that were trained, in order (root attribute `stages`: those of the settings, rewritten by
/// schedule.preset).
std::vector<std::string> stage_names(const analysis::ResultReader& result);

}  // namespace lemmata::scenarios
