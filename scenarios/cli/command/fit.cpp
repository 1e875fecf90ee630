#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/curve_file.h"
#include "scenarios/cli/output.h"
#include "scenarios/run/law_json.h"
#include "scenarios/run/result_curve.h"

namespace lemmata::scenarios {
namespace {

bool is_result_file(const std::string& name) {
  return !name.ends_with(".csv") && !name.ends_with(".jsonl") && !name.ends_with(".CSV") && !name.ends_with(".JSONL");
}

void require_no_seed(const Arguments& arguments, const std::string& file) {
  if (const auto seed = arguments.text("seed"))
    throw InputError(file, "--seed", *seed, "no seed: the file holds one curve");
}

CurvePart read_part(const Arguments& arguments, const std::string& file, const StepWindow& window) {
  const std::string x = arguments.text("x").value_or("step"), y = arguments.text("y").value_or("loss");
  if (is_result_file(file)) {
    const analysis::ResultReader result(file);
    const std::vector<std::int64_t> seeds = seeds_of(result);
    std::optional<std::size_t> place;
    if (seeds.empty()) require_no_seed(arguments, file);
    if (!seeds.empty()) {
      const long wanted = arguments.integer("seed", 0, INT64_MAX).value_or(static_cast<long>(seeds[0]));
      for (std::size_t i = 0; i < seeds.size(); ++i) {
        if (seeds[i] == wanted) place = i;
      }
      if (!place)
        throw InputError(
            file, "--seed", std::to_string(wanted),
            "a seed of the file, " + std::to_string(seeds.front()) + " to " + std::to_string(seeds.back()));
    }
    return result_curve(result, x, y, window, place);
  }
  if (window.stage) throw InputError(file, "--stage", *window.stage, "a result file, or --from and --to");
  require_no_seed(arguments, file);
  const analysis::Curve curve = analysis::read_curve(file, x, y);
  return curve_window(curve.x, curve.y, window);
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const std::string file = arguments.positionals()[0];
  constexpr double any = std::numeric_limits<double>::infinity();
  const StepWindow window{arguments.text("stage"), arguments.number("from", -any, any),
                          arguments.number("to", -any, any)};
  if (window.from && window.to && !(*window.from <= *window.to)) {
    throw InputError("", "--to", *arguments.text("to"), "a step from --from " + *arguments.text("from") + " on");
  }
  if (window.stage && (window.from || window.to))
    throw InputError("", "--stage", *window.stage, "either --stage or --from and --to");
  const CurvePart part = read_part(arguments, file, window);
  const analysis::LawFit fit = analysis::fit_law(part.time, part.value);
  std::string text = law_text(fit) + "\n";
  if (fit.law != analysis::Law::inconclusive) {
    text += "window: steps " + number_text(part.origin + fit.window_first, 10) + " to " +
            number_text(part.origin + fit.window_last, 10) + ", " + std::to_string(fit.points) + " points, " +
            number_text(fit.decades, 3) + " decades\n" + fit.reason + "\n";
  }
  const long dropped = fit.dropped_zero + fit.dropped_invalid + fit.dropped_below_floor;
  if (dropped > 0) {
    text += "dropped: " + std::to_string(fit.dropped_zero) + " zero or negative, " +
            std::to_string(fit.dropped_invalid) + " not finite, " + std::to_string(fit.dropped_below_floor) +
            " below the floor's error\n";
  }
  print_result(arguments, text, json_from_law(fit, part.origin));
  return 0;
}

}  // namespace

Command fit_command() {
  return {"fit",
          "fits the law of a curve: exponential, power, constant or inconclusive",
          "FILE.h5|FILE.csv|FILE.jsonl",
          1,
          1,
          {{"x", "NAME", "variable or column of the time (default step)"},
           {"y", "NAME", "variable or column to fit (default loss)"},
           {"stage", "NAME", "only this stage of a result file, by name or number from 1"},
           {"from", "STEP", "first step"},
           {"to", "STEP", "last step"},
           {"seed", "S", "which seed of a file with several (default the first)"},
           json_option()},
          "Time counts from the start of the chosen stage or range. Exit 0 whatever the law.",
          "lemmata fit three_stage.h5 --y prediction_loss --stage III",
          run};
}

}  // namespace lemmata::scenarios
