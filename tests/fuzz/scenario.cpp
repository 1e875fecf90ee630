#include <algorithm>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/scenario.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/system/system.h"
#include "tests/fuzz/target.h"

namespace {

using namespace lemmata;

// Lines "--set PATH=VALUE" before the JSON.
std::vector<scenarios::Override> overrides_in(std::string_view& text) {
  std::vector<scenarios::Override> overrides;
  while (text.starts_with("--set ")) {
    std::string line(fuzz::first_line(text).substr(6));
    line.erase(std::min(line.find('\0'), line.size()));  // no argument of a program has one
    const std::size_t equals = line.find('=');
    overrides.push_back({line.substr(0, equals), equals == std::string::npos ? "" : line.substr(equals + 1)});
  }
  return overrides;
}

// What is small is made as well; the estimate is what keeps the rest from being tried.
void prepare(const scenarios::Scenario& scenario) {
  constexpr double small = 1 << 20;
  const bool is_mixture = scenarios::is_mixture(scenario);
  const double bytes = scenarios::memory_bytes(scenario, scenario.config);
  if (!(bytes >= 0)) fuzz::finding("an estimate of " + std::to_string(bytes) + " bytes");
  if (bytes > small) return;
  if (is_mixture)
    scenarios::prepare_experiment(scenario);
  else
    scenarios::make_simulation(scenario);
}

}  // namespace

// A scenario file with overrides, as `lemmata run` reads it; and what is resolved must be a scenario of its own.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const std::vector<scenarios::Override> overrides = overrides_in(text);
  const std::filesystem::path file = fuzz::file_of("scenario.json", text);
  fuzz::takes([&] {
    const scenarios::Scenario scenario = scenarios::load_scenario(file, overrides);
    if (scenarios::scenario_from_json(scenario.settings_json, "resolved").config_hash != scenario.config_hash)
      fuzz::finding("resolved settings with another hash: " + scenario.settings_json);
    prepare(scenario);
  });
  return 0;
}
