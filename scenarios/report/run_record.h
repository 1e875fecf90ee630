#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "analysis/result_reader.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/run/result_curve.h"

// What the report page shows of one result file, as JSON.
namespace lemmata::scenarios {

/// How much of a run goes into the page, so that a page of 200 runs stays small.
enum class RunDetail {
  whole,  ///< every curve, those over experts, classes, layers, ... as bands; routing and specialisation over training
  loss_only,  ///< loss and prediction loss
};
constexpr std::size_t most_matrix_records = 60;  ///< evenly chosen by number, the first and the last among them

/// A run as the page shows it, and what its laws are still to be fitted to.
///
/// `json`: {"label", "file", "seeds", "step", "stages": [{"name", "first"}], "curves": {name: {"units", "description",
/// "band", "median", "lower", "upper"}}, "matrices": {name: {"steps", "rows", "columns", "values"}}, "fitted",
/// "steps_to_eps", "settings", "provenance"}, then "law", "law_text", "law_curve", "steps_law", "steps_law_text",
/// "steps_law_curve"; numbers packed (packed.h). A curve over steps alone has, with seeds, their median and the band of
/// all seeds; one over steps and one more axis the median and the band of all its entries (and seeds): `band` says
/// which, and how many have a value. The attention mass is the mean over experts, weighted by load. T(eps) is infinite
/// where a seed never gets there.
struct RunRecord {
  Json json;
  std::optional<CurvePart> part;          ///< none: the run ended before its last stage
  std::vector<double> eps, steps_to_eps;  ///< empty where the file has none; infinite: half of the seeds never reach it
};

/// @throws analysis::FileError, InputError naming what a report needs and the file has not.
/// Checked by: tests/scenarios/report_test.py.
RunRecord read_run_record(const analysis::ResultReader& result, RunDetail detail);

/// Adds the laws. Reads no file, so several may be fitted side by side.
void fit_laws(RunRecord& record);

}  // namespace lemmata::scenarios
