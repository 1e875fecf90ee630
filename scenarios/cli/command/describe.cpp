#include <nlohmann/json.hpp>

#include "analysis/result_reader.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/reproduce.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/run/numerical_notes.h"
#include "scenarios/system/system.h"

namespace lemmata::scenarios {
namespace {

// Shapes of what training holds, under the names of the result file.
Json shapes_of(const sim::Config& config, const MemoryEstimate& estimate) {
  const sim::Architecture architecture = sim::build_architecture(config.model);
  const long d = config.data.features, units = architecture.units();
  Json shapes;
  shapes["X"] = {estimate.samples, config.data.tokens, d};
  shapes["heldout X"] = {estimate.heldout, config.data.tokens, d};
  shapes["ffn"] = architecture.neurons > 1 ? Json{units, architecture.neurons, d} : Json{units, d};
  shapes["attention"] = architecture.shared_attention ? Json{d, d} : Json{units, d, d};
  if (architecture.gated) shapes["gate"] = {architecture.experts, d};
  return shapes;
}

Json memory_of(const MemoryEstimate& estimate) {
  return {{"data", estimate.data_bytes},         {"parameters", estimate.parameter_bytes},
          {"training", estimate.training_bytes}, {"routing", estimate.routing_bytes},
          {"hessian", estimate.hessian_bytes},   {"record", estimate.record_bytes},
          {"total", estimate.total_bytes()}};
}

Json stages_of(const sim::Config& config) {
  Json stages = Json::array();
  for (const sim::StageConfig& stage : config.stages) {
    std::string blocks;
    for (const auto& [block, training] : stage.train) {
      if (!blocks.empty()) blocks += ", ";
      blocks += block + " by " + training.optimizer;
    }
    stages.push_back({{"name", stage.name}, {"steps", stage.steps}, {"trains", blocks}});
  }
  return stages;
}

std::string text_of(const Json& description) {
  std::vector<std::vector<std::string>> rows = {{"stage", "steps", "trains"}};
  for (const Json& stage : description["stages"])
    rows.push_back({stage["name"], stage["steps"].dump(), stage["trains"]});
  std::string text = description["settings"].dump(2) + "\n\nconfig hash  " +
                     description["config_hash"].get<std::string>() + "\n\n" + table(rows);
  rows = {{"array", "shape"}};
  for (const auto& [name, shape] : description["shapes"].items()) {
    std::string sizes;
    for (const Json& size : shape) {
      if (!sizes.empty()) sizes += " x ";
      sizes += std::to_string(size.get<long>());
    }
    rows.push_back({name, sizes});
  }
  text += "\n" + table(rows) + "\n";
  rows = {{"memory", "estimate"}};
  for (const auto& [name, bytes] : description["memory_bytes"].items()) rows.push_back({name, bytes_in_words(bytes)});
  return text + table(rows);
}

// A result file describes itself: its root attribute `scenario` holds the resolved settings of its run.
Json provenance_of(const analysis::ResultReader& result) {
  Json provenance = Json::object();
  for (const auto& [name, value] : result.attributes()) {
    if (name != "scenario") std::visit([&, key = name](const auto& held) { provenance[key] = held; }, value);
  }
  return provenance;
}

int show_reproduction(const Arguments& arguments, const analysis::ResultReader& result) {
  const Reproduction again = reproduction_of(result);
  print_result(arguments, reproduction_text(again),
               {{"build", again.build}, {"command", again.command}, {"notes", again.notes}});
  return 0;
}

int describe_result(const Arguments& arguments, const std::string& file) {
  const analysis::ResultReader result(file);
  if (arguments.has("reproduce")) return show_reproduction(arguments, result);
  const Json settings = parse_json(result.text("scenario"), file + ": scenario"), provenance = provenance_of(result);
  std::string text = settings.dump(2) + "\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : provenance.items())
    if (name != "numerical_notes") rows.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
  text += table(rows);
  std::vector<NumericalNote> notes;
  if (provenance.contains("numerical_notes")) notes = notes_from_json(result.text("numerical_notes"), file);
  for (const NumericalNote& note : notes) text += "numerical note: " + note_text(note) + "\n";
  print_result(arguments, text,
               {{"settings", settings}, {"provenance", provenance}, {"numerical_notes", json_from_notes(notes)}});
  return 0;
}

Json description_of(const Scenario& scenario, const sim::Config& config, const Json& shapes, const Json& memory) {
  return {{"settings", Json::parse(scenario.settings_json)},
          {"config_hash", scenario.config_hash},
          {"stages", stages_of(config)},
          {"shapes", shapes},
          {"memory_bytes", memory}};
}

Json mixture_description(const Scenario& scenario) {
  const bool has_files = !scenario.settings.data_file.empty() || !scenario.settings.init_file.empty();
  const sim::Config config = has_files ? prepare_experiment(scenario).config : scenario.config;
  const MemoryEstimate estimate = memory_estimate(config, scenario.settings.record.metrics);
  return description_of(scenario, config, shapes_of(config, estimate), memory_of(estimate));
}

// What would not fit is not made: its estimate says why, and its shapes are left out.
Json simulation_description(const Scenario& scenario) {
  const double bytes = system_named(scenario.settings.system).bytes(scenario.settings);
  Json shapes = Json::object();
  if (fits_in_memory(bytes)) {
    const analysis::Dataset parameters = make_simulation(scenario)->parameters();
    for (const analysis::Variable& variable : parameters.variables) {
      Json& shape = shapes[variable.name] = Json::array();
      for (const std::string& dimension : variable.dimensions) shape.push_back(parameters.dimensions.at(dimension));
    }
  }
  return description_of(scenario, scenario.config, shapes, {{"total", bytes}});
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  const std::string name = arguments.positionals()[0];
  if (name.ends_with(".h5") || name.ends_with(".hdf5") || name.ends_with(".nc")) {
    for (const char* option : {"set", "seed"}) {
      if (arguments.has(option))
        throw InputError("describe", "", std::string("--") + option, "no change to a result file");
    }
    return describe_result(arguments, name);
  }
  if (arguments.has("reproduce")) throw InputError("describe", "--reproduce", name, "a result file (.h5)");
  const Scenario scenario = scenario_of(arguments, name);
  const Json description = is_mixture(scenario) ? mixture_description(scenario) : simulation_description(scenario);
  print_result(arguments, text_of(description), description);
  return 0;
}

}  // namespace

Command describe_command() {
  return {"describe",
          "resolved settings, schedule, shapes and memory of a scenario or a result file",
          "SCENARIO|FILE.json|FILE.h5",
          1,
          1,
          {set_option(),
           seed_option(),
           {"reproduce", "", "of a result file: the commands that make it again, and whether to the same bits"},
           json_option()},
          "Data and initial values that come from files are read and checked.",
          "lemmata describe mot/three_stage --set model.experts=48",
          run};
}

}  // namespace lemmata::scenarios
