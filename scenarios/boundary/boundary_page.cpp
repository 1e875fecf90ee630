#include <algorithm>
#include <cmath>

#include "scenarios/boundary/boundary_file.h"
#include "scenarios/run/law_json.h"

namespace lemmata::scenarios {
namespace {

const std::vector<std::string>& meanings() {
  static const std::vector<std::string> list = {
      "class-pure routing at T1, the end of stage I: every class sends at least 99 % of its mass to experts of its "
      "own, "
      "by the noise-free gate and by q",
      "every class has an expert of its own at T1: one that holds load with <w_i, v_n> >= 2 max_k |<w_i, v_k>|",
      "every class is won by some expert at the initial values", "class-pure routing at the end of stage II",
      "every class has an expert of its own at the end of stage II"};
  return list;
}

// A setting path's last words: "stages.0.train.gate.learning_rate" is "gate.learning_rate".
std::string short_name(const std::string& path) {
  if (!path.starts_with("stages.")) return path.substr(path.find('.') + 1);
  const std::size_t train = path.find(".train.");
  return train == std::string::npos ? path : path.substr(train + 7);
}

std::string searched_name(const BoundaryPlan& plan) {
  const std::string name = short_name(plan.search.path);
  return plan.search.relative ? name + " / " + short_name(plan.rows.path) : name;
}

std::string contour_text(const BoundaryPlan& plan, const ValueContour& contour, double probability) {
  const std::string p = number_text(probability, 2), low = number_text(plan.search.low, 3),
                    high = number_text(plan.search.high, 3);
  const bool never = (contour.finding == ContourFinding::above_range) == plan.search.rising;
  switch (contour.finding) {
    case ContourFinding::found:
      return number_text(contour.value, 3) + " [" + number_text(contour.lower, 3) + ", " +
             number_text(contour.upper, 3) + "]";
    case ContourFinding::above_range:
    case ContourFinding::below_range:
      return (contour.finding == ContourFinding::above_range ? "above range (P " : "below range (P ") +
             std::string(never ? "< " : "> ") + p + " from " + low + " to " + high + ")";
    case ContourFinding::open:
      if (std::isfinite(contour.lower)) return "open: above " + number_text(contour.lower, 3);
      if (std::isfinite(contour.upper)) return "open: below " + number_text(contour.upper, 3);
      return "open";
    case ContourFinding::not_monotone:
      return "not monotone";
    default:
      return "not of the curve's form";
  }
}

std::string outcome_table(const BoundaryPlan& plan, std::span<const BoundaryRun> runs,
                          const std::vector<std::vector<RowOutcome>>& found, std::size_t outcome) {
  const bool theory = searches_experts(plan);
  std::string head = "| " + short_name(plan.rows.path) + " | runs | held |", rule = "|---|---|---|", text;
  for (const double probability : plan.rule.probabilities) {
    head += " P = " + number_text(probability, 2) + " |";
    rule += "---|";
    if (theory) head += " N ln(N/delta) | exact coverage |", rule += "---|---|";
  }
  for (std::size_t row = 0; row < found.size(); ++row) {
    const auto here = [&](const BoundaryRun& run) { return run.row == static_cast<long>(row); };
    const auto held = [&](const BoundaryRun& run) { return here(run) && run.held(outcome); };
    text += "| " + number_text(plan.rows.values[row], 4) + " | " +
            std::to_string(std::count_if(runs.begin(), runs.end(), here)) + " | " +
            std::to_string(std::count_if(runs.begin(), runs.end(), held)) + " |";
    for (std::size_t i = 0; i < plan.rule.probabilities.size(); ++i) {
      text += " " + contour_text(plan, found[row][outcome].contours[i], plan.rule.probabilities[i]) + " |";
      if (!theory) continue;
      const ExpertTheory known = expert_theory(plan, row, plan.rule.probabilities[i]);
      text += " " + number_text(known.sufficient, 3) + " | " + std::to_string(known.coverage) + " |";
    }
    text += "\n";
  }
  return head + "\n" + rule + "\n" + text;
}

}  // namespace

std::string boundary_page(const BoundaryPlan& plan, std::span<const BoundaryRun> runs,
                          const std::vector<std::vector<RowOutcome>>& found) {
  const long diverged = std::count_if(runs.begin(), runs.end(), [](const BoundaryRun& run) { return !run.completed; });
  std::string text = "# Boundary " + plan.name + "\n\n" + plan.description + ".\n\n" + std::to_string(runs.size()) +
                     " runs of `" + plan.base + "`, " + std::to_string(diverged) +
                     " of them diverged (no outcome at T1 or later holds then if it was before). Searched along " +
                     searched_name(plan) + " from " + number_text(plan.search.low, 3) + " to " +
                     number_text(plan.search.high, 3) + ", where `" + outcome_names[plan.outcome] + "` is taken to " +
                     (plan.search.rising ? "come" : "go") +
                     " with larger values. In a cell: the value at which the outcome has the probability of the "
                     "column, with its 95 % band. Above or below range: it is not inside the searched range. Open: "
                     "the band reaches over an end of the range, so no value is given. Not monotone: the outcomes "
                     "contradict a probability that goes one way; not of the curve's form: they contradict a logistic "
                     "curve with a floor and a ceiling (each with at most 5 % false alarms).\n";
  std::vector<std::size_t> order = {plan.outcome};
  for (std::size_t outcome = 0; outcome < outcome_names.size(); ++outcome) {
    if (outcome != plan.outcome) order.push_back(outcome);
  }
  for (const std::size_t outcome : order) {
    text += "\n## `" + outcome_names[outcome] + "`: " + meanings()[outcome] + "\n\n" +
            outcome_table(plan, runs, found, outcome);
  }
  return text;
}

}  // namespace lemmata::scenarios
