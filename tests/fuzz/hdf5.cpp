#include <mutex>

#include "analysis/hdf5_reader.h"
#include "analysis/hdf5_trial.h"
#include "scenarios/claims/claim.h"
#include "scenarios/evidence/evidence_files.h"
#include "scenarios/evidence/measurements.h"
#include "scenarios/evidence/recheck.h"
#include "scenarios/experiment/data_file.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/experiment/parameter_file.h"
#include "scenarios/report/run_record.h"
#include "scenarios/run/checkpoint.h"
#include "scenarios/run/result_file.h"
#include "tests/fuzz/hdf5_edits.h"
#include "tests/fuzz/target.h"

// In place of the library's own: no child reads the file first, so that a crash is seen.
void lemmata::analysis::require_readable(const std::filesystem::path&, const ReadOptions&) {}

namespace {

using namespace lemmata;
namespace fs = std::filesystem;

scenarios::CheckpointPlan checkpoints(bool resume) {
  scenarios::CheckpointPlan plan;
  plan.every_seconds = 1000;  // at the end alone, which is an interruption
  plan.resume = resume;
  return plan;
}

/// Valid files of every kind that the program reads, made once by the program itself.
class ValidFiles {
 public:
  ValidFiles() {
    fs::create_directory(path_);
    const sim::Experiment experiment = scenarios::prepare_experiment(mixture);
    analysis::write_dataset(path_ / "data.h5", scenarios::data_variables(*experiment.data));
    analysis::write_dataset(path_ / "init.h5", scenarios::parameter_variables(architecture(), experiment.initial));
    run(mixture, path_ / "result.h5", 1'000'000, scenarios::no_checkpoints);
    run(layer, path_ / "layer.h5", 3, checkpoints(false));  // interrupted: its checkpoint stays
    for (const scenarios::ClaimEntry& claim : scenarios::claims()) {
      if (claim.id == "M3 necessary" || claim.id == "M3") write_one(claim);
    }
  }

  const scenarios::Scenario mixture =
      scenarios::load_scenario("mot/three_stage", {{"model.experts", "3"},
                                                   {"data.classes", "2"},
                                                   {"data.features", "6"},
                                                   {"data.replicates", "1"},
                                                   {"stages.0.steps", "5"},
                                                   {"stages.1.steps", "5"},
                                                   {"stages.2.steps", "40"},
                                                   {"data.heldout", "0"},
                                                   {"record.metrics", "[\"loss\", \"routing\"]"}});
  const scenarios::Scenario layer = scenarios::load_scenario("joma/exp_attention", {});
  const std::string evidence = "M3--necessary";

  sim::Architecture architecture() const { return sim::build_architecture(mixture.config.model); }

  static void run(const scenarios::Scenario& scenario, const fs::path& file, long steps,
                  const scenarios::CheckpointPlan& plan) {
    std::mutex files;
    scenarios::run_to_file(
        scenario, file, {nullptr, 1, files}, [&] { return steps-- > 0; }, plan);
  }

  /// A fresh copy of one of them in the folder of the target.
  fs::path copy(const std::string& name) const {
    const fs::path target = fuzz::folder() / name;
    fs::copy_file(path_ / name, target, fs::copy_options::overwrite_existing);
    return target;
  }

 private:
  void write_one(const scenarios::ClaimEntry& claim) {
    for (const scenarios::ClaimSetting& setting : claim.settings) {
      if (scenarios::evidence_name(claim.id, setting.name) != evidence) continue;
      sim::ThreadTeam team(1);
      scenarios::CheckContext context{team};
      scenarios::Evidence written = scenarios::check(claim, setting, context);
      scenarios::write_evidence(path_, written);
    }
  }

  const fs::path path_ = fuzz::folder() / "valid";
};

const ValidFiles& valid() {
  static const ValidFiles files;
  return files;
}

void read_init(const fs::path& file) {
  const sim::Architecture architecture = valid().architecture();
  sim::Parameters parameters = scenarios::prepare_experiment(valid().mixture).initial;
  scenarios::read_parameters(file, architecture, parameters);
  scenarios::read_routing_noise(file, architecture, 4, 1, 10);
}

// As fit, compare, describe, export and report do.
void read_result(const fs::path& file, bool with_laws) {
  const analysis::ResultReader result(file);
  fuzz::takes([&] { scenarios::scenario_from_json(result.text("scenario"), "scenario"); });
  fuzz::takes([&] { analysis::export_csv(result, fuzz::folder() / "csv"); });
  for (const std::string& group : result.groups()) fuzz::takes([&] { result.variables(group); });
  scenarios::RunRecord record = scenarios::read_run_record(result, scenarios::RunDetail::whole);
  if (with_laws) scenarios::fit_laws(record);                                                     // most of the time
  static_cast<void>(record.json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));  // as the page does
}

void resume(const std::span<const std::uint8_t> edits) {
  const fs::path checkpoint = valid().copy("layer.checkpoint"), journal = valid().copy("layer.journal");
  fuzz::edit_hdf5(checkpoint, edits);
  if (!edits.empty() && edits[0] % 4 < 2) {  // with the digest of what it then holds
    analysis::Dataset edited = scenarios::read_arrays(checkpoint);
    edited.attributes = analysis::Hdf5Reader(checkpoint).attributes();
    edited.attributes["sha256"] = scenarios::digest_of(edited);
    try {
      analysis::write_dataset(checkpoint, edited);
    } catch (const std::invalid_argument&) {  // what this program writes no file of
    }
  }
  std::fstream stream(journal, std::ios::binary | std::ios::in | std::ios::out);
  if (!edits.empty() && edits[0] % 4 == 3) stream.seekp(edits.back()).put(static_cast<char>(edits.size()));
  stream.close();
  ValidFiles::run(valid().layer, fuzz::folder() / "layer.h5", 1, checkpoints(true));
}

void recheck(const std::span<const std::uint8_t> edits) {
  const fs::path file = valid().copy(valid().evidence + ".json");
  valid().copy("SHA256SUMS");
  fuzz::edit_hdf5(valid().copy(valid().evidence + ".h5"), edits);
  if (!scenarios::recheck(file).findings.empty()) throw scenarios::InputError("", "", "findings", "none");
}

}  // namespace

// Which kind of file, then the edits of a valid one (hdf5_edits.h).
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> edits(data + 1, size - 1);
  const auto edited = [&](const char* name) {
    const fs::path file = valid().copy(name);
    fuzz::edit_hdf5(file, edits);
    return file;
  };
  fuzz::takes([&] {
    switch (data[0] % 5) {
      case 0:
        return static_cast<void>(scenarios::read_data_file(edited("data.h5")));
      case 1:
        return read_init(edited("init.h5"));
      case 2:
        return read_result(edited("result.h5"), data[0] > 230);
      case 3:
        return resume(edits);
      default:
        return recheck(edits);
    }
  });
  return 0;
}
