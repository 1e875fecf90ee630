#include "scenarios/map/summary.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/statistics.h"
#include "scenarios/run/law_json.h"

namespace lemmata::scenarios {
namespace {

std::size_t coordinate(const MapCell& cell, const std::string& axis) {
  if (axis == "model") return cell.model;
  if (axis == "loss") return cell.loss;
  if (axis == "noise") return cell.noise;
  if (axis == "optimizer") return cell.optimizer;
  if (axis == "step_rule") return static_cast<std::size_t>(cell.rule);
  return static_cast<std::size_t>(cell.schedule);
}

double number_of(const StoredRun& run, const std::string& gap) {
  switch (run.law(gap)) {
    case GapLaw::log:
      return run.number("rate_" + gap);
    case GapLaw::power:
      return run.number("exponent_" + gap);
    case GapLaw::floor:
      return run.number("levels_off_at_" + gap);
    default:
      return std::nan("");
  }
}

CellLaw cell_law(const std::vector<const StoredRun*>& runs, const std::string& gap) {
  const auto undefined = [](const StoredRun* run) { return std::isnan(run->number("floor")); };
  if (gap == "floor" && std::all_of(runs.begin(), runs.end(), undefined)) return {std::nullopt, "no L*", 0};
  CellLaw cell{std::nullopt, "impure", 0};
  for (const StoredRun* run : runs) {
    if (run->number("pure") != 1) continue;
    const GapLaw law = run->law(gap);
    if (law == GapLaw::unclear) {
      if (!cell.law && cell.note != "mixed") cell.note = run->code("stop_reason") == 1 ? "diverged" : "unclear";
    } else if (!cell.law && cell.note != "mixed") {
      cell = {law, "", number_of(*run, gap)};
    } else if (cell.law && *cell.law != law) {
      cell = {std::nullopt, "mixed", 0};
    }
  }
  return cell;
}

std::string percent(double share) { return number_text(100 * share, 3) + " %"; }

std::string cell_text(const CellLaw& cell) {
  if (!cell.law) return cell.note;
  switch (*cell.law) {
    case GapLaw::log:
      return "log";
    case GapLaw::power:
      return "power " + number_text(cell.number, 2);
    case GapLaw::floor:
      return "floor " + number_text(cell.number, 2);
    default:
      return "exact";
  }
}

std::string regime_name(const LawMapPlan& plan, const MapCell& cell) {
  return plan.losses[cell.loss].name + ", " + plan.optimizers[cell.optimizer].name + ", noise " +
         plan.noises[cell.noise].name + ", " + step_rule_names[static_cast<std::size_t>(cell.rule)] + ", " +
         schedule_names[static_cast<std::size_t>(cell.schedule)];
}

std::optional<std::size_t> model_named(const LawMapPlan& plan, const std::string& name) {
  for (std::size_t i = 0; i < plan.models.size(); ++i) {
    if (plan.models[i].name == name) return i;
  }
  return std::nullopt;
}

// The cell with another model and everything else the same; none if the map does not have it.
std::optional<std::size_t> place_with_model(const std::vector<MapCell>& cells, MapCell wanted, std::size_t model) {
  wanted.model = model;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const MapCell& c = cells[i];
    if (c.model == wanted.model && c.loss == wanted.loss && c.noise == wanted.noise &&
        c.optimizer == wanted.optimizer && c.rule == wanted.rule && c.schedule == wanted.schedule)
      return i;
  }
  return std::nullopt;
}

// One sentence per kind of pair (law of the first model, law of the other), with the regimes named if they are few.
std::string comparison(const LawMapPlan& plan, const std::vector<MapCell>& cells, const std::vector<CellLaw>& laws,
                       const std::string& first, const std::string& other) {
  const auto a = model_named(plan, first), b = model_named(plan, other);
  if (!a || !b) return "";
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> pairs;
  std::size_t total = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].model != *a) continue;
    const auto place = place_with_model(cells, cells[i], *b);
    if (!place) continue;
    const auto kind = [](const CellLaw& cell) {
      return cell.law ? gap_law_names[static_cast<std::size_t>(*cell.law)] : std::string("undecided");
    };
    pairs[{kind(laws[i]), kind(laws[*place])}].push_back(regime_name(plan, cells[i]));
    ++total;
  }
  std::string text = "`" + first + "` against `" + other + "`, " + std::to_string(total) + " regimes:\n";
  const std::size_t separated = pairs.contains({"log", "power"}) ? pairs[{"log", "power"}].size() : 0;
  text += "- O(log 1/eps) against a power of 1/eps: " + std::to_string(separated) +
          (separated == 0 ? ". No regime shows it.\n" : ".\n");
  for (const auto& [pair, names] : pairs) {
    text += "- " + pair.first + " against " + pair.second + ": " + std::to_string(names.size());
    for (std::size_t i = 0; names.size() <= 8 && i < names.size(); ++i)
      text += (i == 0 ? " (" : "; ") + names[i] + (i + 1 == names.size() ? ")" : "");
    text += "\n";
  }
  return text + "\n";
}

std::string deciding(const std::vector<MapCell>& cells, const std::vector<CellLaw>& laws) {
  std::string text =
      "How often the law of a decided regime is the most frequent one among those that share the axis with it:\n";
  text += "- nothing known: " + percent(settled_by(cells, laws, {})) + "\n";
  const std::vector<std::string> axes = {"model", "loss", "noise", "optimizer", "step_rule", "schedule"};
  for (const std::string& axis : axes)
    text += "- " + axis + " alone: " + percent(settled_by(cells, laws, {axis})) + "\n";
  text += "- loss and optimizer: " + percent(settled_by(cells, laws, {"loss", "optimizer"})) + "\n";
  text += "- model and noise: " + percent(settled_by(cells, laws, {"model", "noise"})) + "\n";
  text += "- loss, optimizer, model and noise: " +
          percent(settled_by(cells, laws, {"loss", "optimizer", "model", "noise"})) + "\n";
  return text;
}

// Ratio of the extreme curvatures when the last stage begins, and how well the spectrum describes the runs.
std::string conditioning_text(const LawMapPlan& plan, std::span<const StoredRun> runs) {
  std::string text =
      "| model | median lambda_min/lambda_max | median lambda_min/loss | largest difference from the exact spectrum "
      "|\n|---|---|---|---|\n";
  for (std::size_t model = 0; model < plan.models.size(); ++model) {
    std::vector<double> ratio, over_loss;
    double largest = -1;
    for (const StoredRun& run : runs) {
      if (run.code("model") != model || run.number("pure") != 1 || run.code("schedule") != 0) continue;
      const auto& r = run.curves.at("lambda_ratio");
      if (!r.empty() && std::isfinite(r.front()))
        ratio.push_back(r.front()), over_loss.push_back(run.curves.at("lambda_over_loss").front());
      const auto &measured = run.curves.at("excess"), &predicted = run.curves.at("predicted_excess");
      for (std::size_t i = 0; i < std::min(measured.size(), predicted.size()); ++i)
        if (std::isfinite(measured[i]) && predicted[i] > 0)
          largest = std::fmax(largest, std::abs(measured[i] / predicted[i] - 1));
    }
    const auto shown = [](const std::vector<double>& list) {
      return list.empty() ? std::string("not defined") : number_text(analysis::median(list), 2);
    };
    text += "| " + plan.models[model].name + " | " + shown(ratio) + " | " + shown(over_loss) + " | " +
            (largest < 0 ? "-" : number_text(largest, 2)) + " |\n";
  }
  return text;
}

std::string tables(const LawMapPlan& plan, const std::vector<MapCell>& cells, const std::vector<CellLaw>& laws) {
  std::string text;
  for (std::size_t noise = 0; noise < plan.noises.size(); ++noise) {
    text += "\nnoise " + plan.noises[noise].name + "\n\n| loss, optimiser, step, schedule |";
    for (const Variant& model : plan.models) text += " " + model.name + " |";
    text += "\n|---|";
    for (std::size_t i = 0; i < plan.models.size(); ++i) text += "---|";
    text += "\n";
    std::set<std::string> seen;
    for (const MapCell& cell : cells) {
      const std::string row = plan.losses[cell.loss].name + ", " + plan.optimizers[cell.optimizer].name + ", " +
                              step_rule_names[static_cast<std::size_t>(cell.rule)] + ", " +
                              schedule_names[static_cast<std::size_t>(cell.schedule)];
      if (cell.noise != noise || !seen.insert(row).second) continue;
      text += "| " + row + " |";
      for (std::size_t model = 0; model < plan.models.size(); ++model) {
        const auto place = place_with_model(cells, cell, model);
        text += " " + (place ? cell_text(laws[*place]) : "-") + " |";
      }
      text += "\n";
    }
  }
  return text;
}

// " (newton 4000)" for those with a budget of their own.
std::string shorter_budgets(const LawMapPlan& plan) {
  std::string text;
  for (const MapOptimizer& optimizer : plan.optimizers) {
    if (optimizer.steps < plan.steps)
      text += (text.empty() ? " (" : ", ") + optimizer.name + " " + std::to_string(optimizer.steps);
  }
  return text.empty() ? "" : text + ")";
}

}  // namespace

std::vector<CellLaw> cell_laws(const LawMapPlan& plan, std::span<const StoredRun> runs, const std::string& gap) {
  std::vector<std::vector<const StoredRun*>> found(cells_of(plan).size());
  for (const StoredRun& run : runs) found.at(run.code("cell")).push_back(&run);
  std::vector<CellLaw> laws;
  for (const auto& of_cell : found)
    laws.push_back(of_cell.empty() ? CellLaw{std::nullopt, "not run", 0} : cell_law(of_cell, gap));
  return laws;
}

double settled_by(const std::vector<MapCell>& cells, const std::vector<CellLaw>& laws,
                  const std::vector<std::string>& axes) {
  std::map<std::vector<std::size_t>, std::map<GapLaw, double>> counts;
  double decided = 0, settled = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!laws[i].law) continue;
    std::vector<std::size_t> key;
    for (const std::string& axis : axes) key.push_back(coordinate(cells[i], axis));
    counts[key][*laws[i].law] += 1;
    decided += 1;
  }
  for (const auto& [key, of_law] : counts) {
    double most = 0;
    for (const auto& [law, count] : of_law) most = std::fmax(most, count);
    settled += most;
  }
  return decided > 0 ? settled / decided : std::nan("");
}

std::string summary_text(const LawMapPlan& plan, std::span<const StoredRun> runs) {
  const std::vector<MapCell> cells = cells_of(plan);
  const std::vector<CellLaw> to_zero = cell_laws(plan, runs, "zero"), to_floor = cell_laws(plan, runs, "floor");
  const auto decided = [](const std::vector<CellLaw>& laws) {
    return std::to_string(
        std::count_if(laws.begin(), laws.end(), [](const CellLaw& cell) { return cell.law.has_value(); }));
  };
  std::string text = "# Law map " + plan.name + "\n\n" + plan.description + ".\n" + std::to_string(cells.size()) +
                     " regimes, " + std::to_string(runs.size()) + " runs of at most " + std::to_string(plan.steps) +
                     " steps in the last stage" + shorter_budgets(plan) + ". Decided: " + decided(to_zero) +
                     " for the prediction loss itself, " + decided(to_floor) + " for its excess over L*.\n" +
                     "log: T(eps) = a + b ln(1/eps). power: T(eps) ~ eps^-1/p, with p. floor: it levels off there. "
                     "exact: 0 after finitely many steps. "
                     "unclear: neither is shown, or fewer than 3 decades of eps.\n";
  for (const auto& [name, laws] : {std::pair{"the prediction loss (gap to 0)", &to_zero},
                                   std::pair{"the excess over the regime's own L* (FFN alone trained)", &to_floor}}) {
    text += std::string("\n## T(eps) of ") + name + "\n\n";
    for (const char* other :
         {"single_h1", "single_h2", "single_h8", "two_head_relu", "shared_attention", "attention_free"})
      text += comparison(plan, cells, *laws, "mot", other);
    text += "What decides it. " + deciding(cells, *laws);
  }
  text += "\n## Curvature when the last stage begins\n\n" + conditioning_text(plan, runs);
  text += "\n## Every regime: T(eps) of the prediction loss\n" + tables(plan, cells, to_zero);
  text += "\n## Every regime: T(eps) of the excess over L*\n" + tables(plan, cells, to_floor);
  return text;
}

}  // namespace lemmata::scenarios
