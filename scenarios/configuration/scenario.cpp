#include "scenarios/configuration/scenario.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/configuration/input_files.h"
#include "scenarios/configuration/key_path.h"
#include "scenarios/configuration/scenario_library.h"
#include "scenarios/configuration/settings_json.h"
#include "scenarios/configuration/validate.h"
#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/system/system.h"
#include "sim/data/law.h"
#include "sim/loss/loss.h"
#include "sim/model/architecture.h"
#include "sim/train/trainer.h"

namespace lemmata::scenarios {
namespace {

constexpr int longest_chain = 8;  // of bases; a circle is longer than any

bool is_plain(unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/'; }

struct Document {
  Json json;
  std::string source;
  std::filesystem::path folder;  // relative paths in it start here
  std::string default_name;
};

std::string shipped_names() {
  std::string names;
  for (const ShippedScenario& scenario : shipped_scenarios())
    names += (names.empty() ? "" : " | ") + std::string(scenario.name);
  return names;
}

// `asked` is where the name was written, for errors.
// A name for settings that have none, from that of their file: other characters than a name may have become '_'.
std::string name_of_file(const std::filesystem::path& file) {
  std::string name;
  for (const char byte : file.stem().string()) {
    const auto c = static_cast<unsigned char>(byte);
    const bool is_continuation = (c & 0xC0) == 0x80;  // of a UTF-8 character, for which one '_' stands already
    if (is_plain(c))
      name += static_cast<char>(c);
    else if (!is_continuation || name.empty())
      name += '_';
  }
  return name;
}

Document find_document(const std::string& name_or_file, const std::filesystem::path& folder,
                       const InputError& unknown) {
  if (name_or_file.ends_with(".json")) {
    const std::filesystem::path file = folder / name_or_file;
    return {read_json_file(file), file.string(), file.parent_path(), name_of_file(file)};
  }
  for (const ShippedScenario& scenario : shipped_scenarios()) {
    if (scenario.name != name_or_file) continue;
    const std::string source = "scenario " + name_or_file;
    return {parse_json(std::string(scenario.json), source), source, folder, name_or_file};
  }
  throw unknown;
}

void require_valid(const Json& schema, const Json& value, const Origins& origins) {
  Fault fault;
  if (find_fault(schema, value, "", fault))
    throw InputError(origins.source_of(fault.key), fault.key, fault.found, fault.allowed);
}

// Text at a path of objects, or null.
Json* text_at(Json& settings, const std::string& path) {
  Json* value = &settings;
  for (const std::string& part : key_path_parts(path)) {
    if (!value->is_object() || !value->contains(part)) return nullptr;
    value = &(*value)[part];
  }
  return value->is_string() && *value != "" ? value : nullptr;
}

// Paths that are still relative were written by the source just applied.
void make_paths_absolute(Json& settings, const std::filesystem::path& folder) {
  for (const InputFile& file : input_files(Settings())) {
    if (Json* path = text_at(settings, file.key)) {
      *path = std::filesystem::absolute(folder / path->get<std::string>()).lexically_normal().string();
    }
  }
}

// Complete settings after the chain of bases and differences.
Json settings_of(Document document, Origins& origins, int depth) {
  Origins own;
  own.add("", document.source);
  system_of(document.json, document.source);
  require_valid(settings_schema(), document.json, own);
  document.json.erase("$schema");
  if (!document.json.contains("base")) {
    origins.add("", document.source);
    if (!document.json.contains("name")) document.json["name"] = document.default_name;
    make_paths_absolute(document.json, document.folder);
    return std::move(document.json);
  }
  const std::string base = document.json["base"];
  if (depth == longest_chain) throw InputError(document.source, "base", base, "a chain of at most 8 bases that ends");
  const InputError unknown(document.source, "base", base, shipped_names() + ", or a .json file");
  Json settings = settings_of(find_document(base, document.folder, unknown), origins, depth + 1);
  settings["name"] = document.default_name;
  for (const char* key : {"name", "description", "claim_group"}) {
    if (document.json.contains(key)) settings[key] = document.json[key];
    origins.add(key, document.source);
  }
  const Json differences = document.json.value("differences", Json::object());
  for (const auto& [path, value] : differences.items()) {
    set_value(settings, path, value, document.source + ": differences");
    make_paths_absolute(settings, document.folder);
    origins.add(path, document.source);
  }
  return settings;
}

void require_plain_name(const std::string& name, const std::string& key, const Origins& origins) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_plain)) {
    throw InputError(origins.source_of(key), key, shown(name), "letters, digits, _ - . /, at least one");
  }
}

void require_stage_names(const Settings& settings, const Origins& origins) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < settings.config.stages.size(); ++i) {
    const std::string key = "stages." + std::to_string(i) + ".name", &name = settings.config.stages[i].name;
    if (name.empty() || !names.insert(name).second) {
      throw InputError(origins.source_of(key), key, shown(name), "a name that no other stage has");
    }
  }
}

// An architecture already holds one output weight per neuron, so absurd sizes are refused before one is built.
void require_sizes(const sim::ModelConfig& model) {
  const double neurons =
      static_cast<double>(std::max(model.experts, model.heads)) * static_cast<double>(model.expert.neurons);
  if (!(neurons <= 1e8)) {
    const char* key = model.expert.neurons > 1'000'000 ? "model.expert.neurons"
                      : model.experts > model.heads    ? "model.experts"
                                                       : "model.heads";
    throw sim::ConfigError(key, neurons, "at most 1e8 neurons in all experts or heads together");
  }
}

// What sim itself checks at construction, before anything is generated.
void check_with_sim(const Settings& settings, const sim::Config& config) {
  if (settings.system != "mixture") {
    // What would not fit is not built to be checked: make_simulation refuses it, and `describe` says how large it is.
    const SystemEntry& system = system_named(settings.system);
    if (fits_in_memory(system.bytes(settings))) system.check(settings);
    return;
  }
  require_sizes(config.model);
  if (settings.data_file.empty()) sim::data_law_named(config.data.law).check(config.data);
  sim::build_architecture(config.model);
  sim::loss_named(config.loss.kind);
  sim::check_stages(config);
}

void note_ignored_keys(const Json& data, Scenario& scenario) {
  if (!data.contains("file")) return;
  std::string ignored;
  for (const auto& [key, unused] : data.items()) {
    if (key != "file" && key != "heldout_file") ignored += (ignored.empty() ? "data." : ", data.") + key;
  }
  if (!ignored.empty()) scenario.notices.push_back("data.file is given, so these are not used: " + ignored);
}

Scenario checked_scenario(const Json& settings, Origins origins) {
  Scenario scenario;
  scenario.origins = std::move(origins);
  const std::string system = system_of(settings, scenario.origins.source_of("system"));
  require_valid(complete_settings_schema(system), settings, scenario.origins);
  scenario.settings = settings_from_json(settings);
  require_plain_name(scenario.settings.config.name, "name", scenario.origins);
  require_stage_names(scenario.settings, scenario.origins);
  if (!scenario.settings.heldout_file.empty() && scenario.settings.data_file.empty()) {
    throw InputError(scenario.origins.source_of("data.heldout_file"), "data.heldout_file",
                     shown(scenario.settings.heldout_file.string()), "nothing, unless data.file is given");
  }
  if (is_mixture(scenario)) note_ignored_keys(settings.value("data", Json::object()), scenario);
  try {
    scenario.config = simulated_config(scenario.settings);
    check_with_sim(scenario.settings, scenario.config);
  } catch (const sim::ConfigError& error) {
    throw scenario.located(error);
  }
  scenario.settings_json = json_from_settings(scenario.settings).dump(2);
  scenario.config_hash = hash_of_settings(scenario.settings);
  return scenario;
}

}  // namespace

std::string Origins::source_of(const std::string& key) const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (lies_in(key, entry->first) || lies_in(entry->first, key)) return entry->second;
  }
  return "";
}

InputError Scenario::located(const sim::ConfigError& error) const {
  return InputError(origins.source_of(error.field()), error.field(), error.found(), error.allowed());
}

std::vector<Override> overrides_of(const Json& differences) {
  std::vector<Override> list;
  for (const auto& [path, value] : differences.items()) list.push_back({path, value.dump()});
  return list;
}

Scenario load_scenario(const std::string& name_or_file, const std::vector<Override>& overrides) {
  const InputError unknown("", "scenario", shown(name_or_file), shipped_names() + ", or a .json file");
  Origins origins;
  Json settings = settings_of(find_document(name_or_file, "", unknown), origins, 0);
  for (const Override& override : overrides) {
    set_value(settings, override.path, value_of_text(override.value, override.text()), override.text());
    make_paths_absolute(settings, "");
    origins.add(override.path, override.text());
  }
  return checked_scenario(settings, std::move(origins));
}

Scenario scenario_from_json(const std::string& json, const std::string& source) {
  Origins origins;
  return checked_scenario(settings_of({parse_json(json, source), source, "", "scenario"}, origins, 0), origins);
}

}  // namespace lemmata::scenarios
