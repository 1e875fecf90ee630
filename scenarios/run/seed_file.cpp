#include <fcntl.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "analysis/join_seeds.h"
#include "analysis/line_file.h"
#include "analysis/part_file.h"
#include "analysis/result_writer.h"
#include "analysis/statistics.h"
#include "scenarios/configuration/settings_json.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/run/checkpoint.h"
#include "scenarios/run/ended_run.h"
#include "scenarios/run/result_file.h"

namespace lemmata::scenarios {
namespace {

// The folder of the single runs: x.seeds beside x.h5.
class SeedFolder {
 public:
  explicit SeedFolder(const std::filesystem::path& target) : folder_(made(analysis::beside(target, ".seeds"))) {}

  std::filesystem::path file(std::uint64_t seed) const { return folder_ / ("seed_" + std::to_string(seed) + ".h5"); }

  // Once x.h5 holds everything; with what an earlier run of other seeds left. What else is in the folder stays.
  void remove() {
    std::error_code ignored;  // nothing is lost where something cannot be removed
    for (const auto& [seed, path] : files()) std::filesystem::remove(path, ignored);
    std::filesystem::remove(folder_, ignored);
  }

  // What an earlier run left, which the one that starts afresh does not go on from; checkpoints first, so that none is
  // left without its journal.
  void clear() {
    for (const bool of_checkpoints : {true, false}) {
      for (const auto& [seed, path] : files())
        if (of_checkpoints == (path.extension() == ".checkpoint")) analysis::remove_durably(path);
    }
  }

  // A run that goes on with fewer seeds would leave those of the others, and never be finished.
  void require_no_others(std::span<const std::uint64_t> seeds) const {
    for (const auto& [seed, path] : files()) {
      if (std::find(seeds.begin(), seeds.end(), seed) == seeds.end())
        throw analysis::FileError(path, "", "a seed that is not asked for",
                                  "those asked for when it was interrupted, or more (or remove it)");
    }
  }

 private:
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> files() const {
    static const std::regex name(
        "seed_(0|[1-9][0-9]{0,18})\\.(journal|jsonl|(checkpoint|h5|metrics\\.json)(\\.part)?)");
    std::vector<std::pair<std::uint64_t, std::filesystem::path>> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
      std::smatch parts;
      const std::string text = entry.path().filename().string();
      if (std::regex_match(text, parts, name)) found.emplace_back(std::stoull(parts[1]), entry.path());
    }
    return found;
  }

  static std::filesystem::path made(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directory(folder, error);
    if (error) throw analysis::FileError(folder, "", error.message(), "a folder, or nothing of this name");
    return folder;
  }
  std::filesystem::path folder_;
};

// One line of x.jsonl per seed, when it ends.
std::string seed_line(std::uint64_t seed, const RunOutcome& outcome) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  return Json{{"seed", seed},
              {"steps", outcome.training.steps},
              {"last_finite_step", outcome.training.last_finite_step},
              {"loss", number(outcome.loss)},
              {"prediction_loss", number(outcome.prediction_loss)},
              {"stop_reason", outcome.training.stop_reason}}
      .dump();
}

// x.metrics.json, flat: medians over seeds of the last record, and what is common to all.
std::string metrics_text(const std::vector<RunOutcome>& outcomes, const std::string& reason, double wall_time) {
  std::vector<double> loss, prediction_loss;
  for (const RunOutcome& outcome : outcomes) {
    if (!std::isfinite(outcome.loss) || !std::isfinite(outcome.prediction_loss)) continue;
    loss.push_back(outcome.loss);
    prediction_loss.push_back(outcome.prediction_loss);
  }
  Json flat = {
      {"seeds", outcomes.size()}, {"finite_seeds", loss.size()}, {"stop_reason", reason}, {"wall_time_s", wall_time}};
  flat["loss_median"] = loss.empty() ? Json() : Json(analysis::median(loss));
  flat["prediction_loss_median"] = loss.empty() ? Json() : Json(analysis::median(prediction_loss));
  return flat.dump(2) + "\n";
}

// With the seed in the settings that its file shows too.
Scenario of_seed(const Scenario& scenario, std::uint64_t seed) {
  Scenario seeded = with_seed(scenario, seed);
  seeded.settings_json = json_from_settings(seeded.settings).dump(2);
  return seeded;
}

std::string common_reason(const std::vector<RunOutcome>& outcomes) {
  for (const RunOutcome& outcome : outcomes) {
    if (outcome.training.stop_reason != outcomes.front().training.stop_reason) return "mixed";
  }
  return outcomes.front().training.stop_reason;
}

long most_resumed(const std::vector<RunOutcome>& outcomes) {
  long most = 0;
  for (const RunOutcome& outcome : outcomes) most = std::max(most, outcome.resumed_from);
  return most;
}

// The notes of every seed, each with its seed.
std::string all_notes(std::span<const std::uint64_t> seeds, const std::vector<RunOutcome>& outcomes) {
  std::vector<NumericalNote> all;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    for (NumericalNote note : outcomes[i].notes) {
      note.seed = seeds[i];
      all.push_back(std::move(note));
    }
  }
  return json_from_notes(all).dump();
}

void join(std::span<const std::uint64_t> seeds, const std::filesystem::path& target, const SeedFolder& folder,
          analysis::Attributes attributes) {
  std::vector<analysis::SeedFile> files;
  for (const std::uint64_t seed : seeds) files.push_back({static_cast<std::int64_t>(seed), folder.file(seed)});
  attributes["seed"] = files.front().seed;
  analysis::join_seeds(target, files, attributes);
}

// What of each seed is there already, where the run goes on. Looks at the files of all before one is written.
std::vector<std::optional<RunOutcome>> earlier_runs(const Scenario& scenario, std::span<const std::uint64_t> seeds,
                                                    const SeedFolder& folder, const CheckpointPlan& plan,
                                                    std::mutex& files) {
  std::vector<std::optional<RunOutcome>> earlier(seeds.size());
  if (plan.resume) folder.require_no_others(seeds);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const std::filesystem::path file = folder.file(seeds[i]);
    require_run_files(file);
    if (!plan.resume) continue;
    const Scenario seeded = of_seed(scenario, seeds[i]);
    try {
      earlier[i] = ended_run(seeded, file, files);
    } catch (const analysis::FileError& error) {
      throw analysis::FileError(error.file(), error.object(), error.found(),
                                error.allowed() + " (without " + file.string() + " this seed is trained anew)");
    }
    if (earlier[i]) continue;
    if (const auto stored = stored_checkpoint(seeded, file, plan.anyway))
      analysis::RecordJournal::verify(analysis::beside(file, ".journal"), stored->kept);
  }
  return earlier;
}

}  // namespace

bool any_interrupted(const std::vector<RunOutcome>& outcomes) {
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [](const RunOutcome& outcome) { return outcome.training.stop_reason == "interrupted"; });
}

std::vector<RunOutcome> run_seeds_to_file(const Scenario& scenario, std::span<const std::uint64_t> seeds,
                                          const std::filesystem::path& target, sim::ThreadTeam& team,
                                          const StepTick& tick, const CheckpointPlan& plan) {
  const auto start = std::chrono::steady_clock::now();
  const std::filesystem::path curve = analysis::beside(target, ".jsonl");
  const std::filesystem::path metrics = analysis::beside(target, ".metrics.json");
  analysis::require_writable_target(target, analysis::is_hdf5);
  analysis::require_writable_target(metrics, analysis::is_json);
  analysis::require_own(curve, analysis::is_live_curve, O_RDWR);
  // Throws where a file of the scenario is wrong, before anything is written.
  require_ready(with_seed(scenario, seeds.front()), std::min<long>(team.threads(), std::ssize(seeds)));
  analysis::Attributes attributes = provenance(scenario, team.threads());
  SeedFolder folder(target);
  std::mutex files;
  const auto earlier = earlier_runs(scenario, seeds, folder, plan, files);
  if (!plan.resume) folder.clear();
  std::optional<analysis::LineFile> lines;  // once a seed has ended: until then nothing of an earlier run is lost
  std::vector<RunOutcome> outcomes(seeds.size());
  team.run(static_cast<long>(seeds.size()), [&](long number, int) {
    const auto i = static_cast<std::size_t>(number);
    const Scenario seeded = of_seed(scenario, seeds[i]);
    outcomes[i] = earlier[i] ? *earlier[i]
                             : run_to_file(seeded, folder.file(seeds[i]), {nullptr, team.threads(), files}, tick, plan);
    if (earlier[i] && plan.on_resume) plan.on_resume(earlier[i]->training.steps);
    const std::lock_guard lock(files);
    if (!lines) lines.emplace(curve);
    lines->append(seed_line(seeds[i], outcomes[i]));
  });
  const double wall_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  attributes["wall_time_s"] = wall_time;
  attributes["stop_reason"] = common_reason(outcomes);
  attributes["numerical_notes"] = all_notes(seeds, outcomes);
  attributes["resumed_from_step"] = std::int64_t{most_resumed(outcomes)};
  analysis::write_text_atomically(metrics, analysis::is_json,
                                  metrics_text(outcomes, common_reason(outcomes), wall_time));
  join(seeds, target, folder, std::move(attributes));  // last: where x.h5 is, everything else is
  if (!any_interrupted(outcomes) || !(plan.every_seconds > 0 || plan.resume)) folder.remove();
  for (RunOutcome& outcome : outcomes) outcome.wall_time = wall_time;
  return outcomes;
}

}  // namespace lemmata::scenarios
