#include "scenarios/user_claim/user_claim.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/user_claim/expression.h"
#include "tests/fuzz/target.h"

namespace {

using namespace lemmata;

scenarios::RecordedRun recorded_run() {
  scenarios::RecordedRun run;
  run.steps = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256};
  for (const double step : run.steps) {
    run.variables["loss"].values.push_back(1 / (step + 1));
    for (const double value : {step, -step, 1e308}) run.variables["purity"].values.push_back(value);
  }
  run.variables["purity"].width = 3;
  run.variables["absent"].values.assign(run.steps.size(), std::nan(""));
  return run;
}

// Only its message can be wrong: where it points to must lie in the text.
void evaluate(const std::string& text) {
  static const scenarios::RecordedRun run = recorded_run();
  try {
    const scenarios::Expression expression(text);
    for (const auto& [name, position] : expression.variables()) {
      if (position < 1 || position > text.size()) fuzz::finding("the variable " + name + " outside of its expression");
      if (!run.variables.contains(name)) return;  // user_claim refuses it
    }
    static_cast<void>(expression.evaluate(run));
    ++fuzz::outcomes.accepted;
  } catch (const scenarios::ExpressionError& error) {
    fuzz::require_message(error.what());
  }
}

}  // namespace

// A user's claim (`lemmata check FILE.json`) if it begins with a brace, else one expression of such a claim.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(fuzz::text_of(data, size));
  text.erase(std::min(text.find('\0'), text.size()));  // JSON brings none here
  if (text.starts_with("{"))
    fuzz::takes([&] { scenarios::user_claim(scenarios::parse_json(text, "claim.json"), "claim.json"); });
  else
    evaluate(text);
  return 0;
}
