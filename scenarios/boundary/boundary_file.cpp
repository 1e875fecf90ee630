#include "scenarios/boundary/boundary_file.h"

#include <algorithm>
#include <cmath>

#include "theory/coverage.h"

namespace lemmata::scenarios {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Every field of the runs as a column over `run`.
class Columns final : public Fields {
 public:
  struct Column {
    std::string name, description;
    std::vector<double> values;
  };
  std::vector<Column> columns;
  void begin() { next_ = 0; }

 private:
  void scalar(const std::string& name, double& value, const std::string& description) override {
    if (next_ == columns.size()) columns.push_back({name, description, {}});
    columns[next_++].values.push_back(value);
  }
  void row(const std::string&, const std::string&, std::vector<double>&, const std::string&) override {}
  std::size_t next_ = 0;
};

void add_runs(analysis::Dataset& file, std::span<const BoundaryRun> runs) {
  Columns columns;
  for (BoundaryRun run : runs) {
    columns.begin();
    fields_of(run, columns);
  }
  for (const auto& [name, description, values] : columns.columns) {
    if (name == "run_row" || name == "run_number" || name == "seed")
      file.variables.push_back(
          {name, {"run"}, std::vector<std::int64_t>(values.begin(), values.end()), "1", description, {}});
    else
      file.variables.push_back({name, {"run"}, values, "1", description, {}});
  }
  for (std::size_t outcome = 0; outcome < outcome_names.size(); ++outcome) {
    if (outcome_names[outcome] == "covered") continue;  // a field already
    std::vector<double> held;
    for (const BoundaryRun& run : runs) held.push_back(run.held(outcome) ? 1 : 0);
    file.variables.push_back({outcome_names[outcome], {"run"}, held, "1", "1 = the outcome of this name holds", {}});
  }
}

using Found = std::vector<std::vector<RowOutcome>>;

void add_contours(analysis::Dataset& file, const Found& found) {
  std::vector<double> value, lower, upper;
  std::vector<std::int8_t> finding;
  for (const auto& row : found) {
    for (const RowOutcome& outcome : row) {
      for (const ValueContour& contour : outcome.contours) {
        value.push_back(contour.value);
        lower.push_back(contour.lower);
        upper.push_back(contour.upper);
        finding.push_back(static_cast<std::int8_t>(contour.finding));
      }
    }
  }
  const std::vector<std::string> axes = {"row", "outcome", "probability"};
  file.variables.push_back(
      {"contour", axes, value, "1", "value at which P(outcome) = probability; NaN unless found", {}});
  file.variables.push_back({"contour_lower", axes, lower, "1", "lower end of its 95 % credible band", {}});
  file.variables.push_back({"contour_upper", axes, upper, "1", "upper end of its 95 % credible band", {}});
  file.variables.push_back(
      {"finding", axes, finding, "", "what is known of the contour", {}, {{"flag_meanings", joined(finding_names)}}});
}

void add_responses(analysis::Dataset& file, const Found& found) {
  const auto add = [&](const std::string& name, std::vector<double> RowOutcome::*list, const std::string& text) {
    std::vector<double> values;
    for (const auto& row : found) {
      for (const RowOutcome& outcome : row) values.insert(values.end(), (outcome.*list).begin(), (outcome.*list).end());
    }
    file.variables.push_back({name, {"row", "outcome", "point"}, values, "1", text, {}});
  };
  add("response", &RowOutcome::response, "posterior median of P(outcome) at the value `point`");
  add("response_lower", &RowOutcome::response_lower, "lower end of its 95 % credible interval");
  add("response_upper", &RowOutcome::response_upper, "upper end of its 95 % credible interval");
}

void add_theory(analysis::Dataset& file, const BoundaryPlan& plan) {
  const auto low = static_cast<long>(plan.search.low), high = static_cast<long>(plan.search.high);
  std::vector<std::int64_t> experts, least;
  std::vector<double> sufficient, coverage;
  for (long m = low; m <= high; ++m) experts.push_back(m);
  for (std::size_t row = 0; row < plan.rows.values.size(); ++row) {
    const long classes = point_scenario(plan, row, plan.search.low).config.data.classes;
    for (long m = low; m <= high; ++m) coverage.push_back(theory::coverage_probability(classes, m));
    for (const double probability : plan.rule.probabilities) {
      const ExpertTheory theory = expert_theory(plan, row, probability);
      sufficient.push_back(theory.sufficient);
      least.push_back(theory.coverage);
    }
  }
  file.dimensions["experts"] = experts.size();
  file.variables.push_back({"experts", {"experts"}, experts, "1", "number of experts M", {}});
  file.variables.push_back(
      {"coverage_exact", {"row", "experts"}, coverage, "1", "exact P(every class covered) at initial values", {}});
  file.variables.push_back(
      {"sufficient_experts", {"row", "probability"}, sufficient, "1", "N ln(N/delta), delta = 1 - probability", {}});
  file.variables.push_back({"coverage_experts",
                            {"row", "probability"},
                            least,
                            "1",
                            "least M with exact coverage probability >= probability",
                            {}});
}

}  // namespace

bool searches_experts(const BoundaryPlan& plan) { return plan.search.path == "model.experts" && !plan.search.relative; }

ExpertTheory expert_theory(const BoundaryPlan& plan, std::size_t row, double probability) {
  const long classes = point_scenario(plan, row, plan.search.low).config.data.classes;
  return {theory::sufficient_experts(classes, 1 - probability), theory::necessary_experts(classes, 1 - probability)};
}

analysis::Dataset boundary_dataset(const BoundaryPlan& plan, std::span<const BoundaryRun> runs, const Found& found) {
  analysis::Dataset file;
  const std::vector<double> points = curve_values(plan);
  file.dimensions = {{"row", found.size()},
                     {"outcome", outcome_names.size()},
                     {"probability", plan.rule.probabilities.size()},
                     {"point", points.size()},
                     {"run", runs.size()}};
  std::vector<std::int8_t> codes(outcome_names.size());
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::int8_t>(i);
  file.variables = {
      {"row", {"row"}, plan.rows.values, "1", plan.rows.path, {}},
      {"outcome",
       {"outcome"},
       codes,
       "",
       "what a run is looked at for",
       {},
       {{"flag_meanings", joined(outcome_names)}}},
      {"probability", {"probability"}, plan.rule.probabilities, "1", "probability that a contour is of", {}},
      {"point", {"point"}, points, "1", plan.search.path, {}}};
  add_contours(file, found);
  add_responses(file, found);
  if (searches_experts(plan)) add_theory(file, plan);
  add_runs(file, runs);
  file.attributes = {{"boundary", plan.name},
                     {"boundary_hash", plan.hash},
                     {"description", plan.description},
                     {"base", plan.base},
                     {"row_setting", plan.rows.path},
                     {"search_setting", plan.search.path},
                     {"search_relative", std::int64_t{plan.search.relative}},
                     {"search_scale", std::string(plan.search.log_scale ? "log" : "linear")},
                     {"search_direction", std::string(plan.search.rising ? "rising" : "falling")},
                     {"search_low", plan.search.low},
                     {"search_high", plan.search.high},
                     {"searched_outcome", outcome_names[plan.outcome]}};
  return file;
}

}  // namespace lemmata::scenarios
