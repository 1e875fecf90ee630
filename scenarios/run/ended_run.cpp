#include "scenarios/run/ended_run.h"

#include <nlohmann/json.hpp>

#include "analysis/result_reader.h"
#include "scenarios/build.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/run/checkpoint.h"

namespace lemmata::scenarios {
namespace {

bool is_of(const Scenario& scenario, const analysis::Attributes& found) {
  analysis::Attributes wanted = identity_of(scenario);
  wanted.erase("record");  // part of `scenario`, in a result file
  wanted["scenario"] = scenario.settings_json;
  for (const auto& [name, value] : wanted) {
    const auto there = found.find(name);
    if (there == found.end() || there->second != value) return false;
  }
  return true;
}

long whole_number(const analysis::Attributes& found, const std::string& name, const std::filesystem::path& file) {
  const auto there = found.find(name);
  const auto* value = there == found.end() ? nullptr : std::get_if<std::int64_t>(&there->second);
  if (value == nullptr) throw analysis::FileError(file, name, in_words(found, name), "a whole number");
  return *value;
}

double last_of(const analysis::ResultReader& result, const std::string& name) {
  if (!result.contains(name)) return std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = result.values(name);
  return values.empty() ? std::numeric_limits<double>::quiet_NaN() : values.back();
}

Json record_of(const std::string& settings, const std::filesystem::path& file) {
  const Json read = parse_json(settings, file.string());
  if (!read.is_object()) throw InputError(file.string(), "scenario", shown(read), "the settings, a JSON object");
  return read.value("record", Json());
}

}  // namespace

std::optional<RunOutcome> ended_run(const Scenario& scenario, const std::filesystem::path& result, std::mutex& files) {
  if (!std::filesystem::exists(result)) return std::nullopt;
  const std::lock_guard lock(files);
  const analysis::ResultReader reader(result);
  const analysis::Attributes found = reader.attributes();
  const std::string reason = in_words(found, "stop_reason");
  if (!is_of(scenario, found) || (reason != "completed" && reason != "diverged")) return std::nullopt;
  RunOutcome outcome;
  outcome.training.stop_reason = reason;
  outcome.training.last_finite_step = whole_number(found, "last_finite_step", result);
  outcome.training.steps = outcome.training.last_finite_step + (reason == "diverged" ? 1 : 0);
  outcome.notes = notes_from_json(reader.text("numerical_notes"), result.string());
  outcome.loss = last_of(reader, "loss");
  outcome.prediction_loss = last_of(reader, "prediction_loss");
  return outcome;
}

bool is_finished(const Scenario& scenario, const std::vector<std::uint64_t>* seeds,
                 const std::filesystem::path& result) {
  std::filesystem::path part = result;
  if (!std::filesystem::exists(result) || std::filesystem::exists(part += ".part")) return false;
  if (std::filesystem::exists(analysis::beside(result, seeds ? ".seeds" : ".checkpoint"))) return false;
  const analysis::ResultReader reader(result);
  const analysis::Attributes found = reader.attributes();
  const std::string reason = in_words(found, "stop_reason"), hash = in_words(found, "config_hash");
  if (reason == "interrupted" || reason == "nothing") return false;
  if (hash != scenario.config_hash)
    throw InputError(result.string(), "config_hash", hash,
                     scenario.config_hash +
                         ", the one of these settings: --resume "
                         "replaces no finished result of other settings");
  std::vector<std::int64_t> there, wanted;
  if (reader.contains("seed")) there = reader.integers("seed");
  if (seeds) wanted.assign(seeds->begin(), seeds->end());
  const std::string seed = std::to_string(scenario.config.seed);
  if (there != wanted || (!seeds && in_words(found, "seed") != seed))
    throw InputError(result.string(), "seed", there.empty() ? in_words(found, "seed") : "a list of others",
                     seeds ? "the seeds asked for" : seed);
  // No part of the hash, since it changes no step; but what was not recorded is not there.
  const Json recorded = record_of(reader.text("scenario"), result), asked = record_of(scenario.settings_json, result);
  if (recorded != asked)
    throw InputError(result.string(), "record", recorded.dump(), asked.dump() + ", as asked for, in another file");
  return true;
}

std::string other_build(const std::filesystem::path& result) {
  const analysis::Attributes found = analysis::ResultReader(result).attributes();
  std::string text;
  for (const auto& [name, value] : build_identity()) {
    const std::string was = in_words(found, name);
    if (was != value) text += (text.empty() ? "" : ", ") + name + " " + was;
  }
  return text;
}

}  // namespace lemmata::scenarios
