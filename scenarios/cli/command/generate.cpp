#include <nlohmann/json.hpp>

#include "analysis/dataset.h"
#include "analysis/part_file.h"
#include "scenarios/build.h"
#include "scenarios/cli/output.h"
#include "scenarios/experiment/data_file.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/parameter_file.h"

namespace lemmata::scenarios {
namespace {

analysis::Attributes provenance(const Scenario& scenario) {
  const Build now = build();
  return {{"scenario", scenario.settings_json},
          {"config_hash", scenario.config_hash},
          {"seed", static_cast<std::int64_t>(scenario.config.seed)},
          {"lemmata_version", now.version},
          {"git_commit", now.git_commit}};
}

void write_training_file(const std::string& file, const Scenario& scenario, const sim::Experiment& experiment) {
  analysis::Dataset content = data_variables(*experiment.data);
  analysis::Dataset initial = parameter_variables(sim::build_architecture(experiment.config.model), experiment.initial);
  content.dimensions.merge(initial.dimensions);
  for (analysis::Variable& variable : initial.variables) content.variables.push_back(std::move(variable));
  content.attributes = provenance(scenario);
  analysis::write_dataset(file, content);
}

void write_heldout_file(const std::string& file, const Scenario& scenario, const sim::Experiment& experiment) {
  analysis::Dataset content = data_variables(*experiment.heldout);
  content.attributes = provenance(scenario);
  analysis::write_dataset(file, content);
}

int run(const Arguments& arguments) {
  const std::optional<std::string> out = arguments.text("out"), heldout = arguments.text("heldout");
  if (!out) throw InputError("generate", "--out", "nothing", "the HDF5 file to write");
  require_json_target(arguments);
  analysis::require_writable_target(*out, analysis::is_hdf5);
  if (heldout) {
    analysis::require_writable_target(*heldout, analysis::is_hdf5);
    require_other_file("--heldout", *heldout, {*out});
  }
  const Scenario scenario = scenario_of(arguments, arguments.positionals()[0]);
  require_other_file("--out", *out, files_read(arguments, scenario));
  if (heldout) require_other_file("--heldout", *heldout, files_read(arguments, scenario));
  const sim::Experiment experiment = prepare_experiment(scenario);
  if (heldout && !experiment.heldout)
    throw InputError("generate", "--heldout", *heldout, "no such option: the scenario has no held-out samples");
  write_training_file(*out, scenario, experiment);
  if (heldout) write_heldout_file(*heldout, scenario, experiment);
  const sim::Dataset& data = *experiment.data;
  Json result = {{"file", *out},
                 {"samples", data.samples()},
                 {"tokens", data.tokens_per_sample},
                 {"features", data.features()},
                 {"classes", data.classes}};
  std::string text = *out + ": " + std::to_string(data.samples()) + " samples of " +
                     std::to_string(data.tokens_per_sample) + " tokens in " + std::to_string(data.features()) +
                     " features, " + std::to_string(data.classes) + " classes, and the initial values\n";
  if (heldout) {
    result["heldout_file"] = *heldout;
    result["heldout_samples"] = experiment.heldout->samples();
    text += *heldout + ": " + std::to_string(experiment.heldout->samples()) + " held-out samples\n";
  }
  print_result(arguments, text, result);
  return 0;
}

}  // namespace

Command generate_command() {
  return {"generate", "writes the data set and the initial values of a scenario", "SCENARIO|FILE.json", 1, 1,
          {out_option("FILE.h5", "file to write: X, y, class, signals, and ffn, attention, gate, output"),
           {"heldout", "FILE.h5", "also write the held-out samples"}, set_option(), seed_option(), json_option()},
          "The file serves as data.file and as model.init.file of another run, and opens with xarray.open_dataset.\n"
          "With sampling `fresh` it holds the draw of step 0.",
          "lemmata generate mot/three_stage --seed 3 --out data.h5", run};
}

}  // namespace lemmata::scenarios
