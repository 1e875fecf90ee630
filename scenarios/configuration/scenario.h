#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/settings.h"
#include "sim/error.h"

namespace lemmata::scenarios {

/// Where the value at a key path was written last; later entries win.
class Origins {
 public:
  void add(std::string path, std::string source) { entries_.emplace_back(std::move(path), std::move(source)); }
  /// Source of the value at `key`, or of the part of settings that it lies in.
  std::string source_of(const std::string& key) const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// One experiment, ready to be prepared: resolved, validated, and checked by every component of sim that it names.
struct Scenario {
  Settings settings;                 ///< as written, paths of files absolute
  sim::Config config;                ///< what sim is given: noise resolved, schedule preset applied
  std::string settings_json;         ///< resolved settings: every key with its value; a scenario file of its own
  std::string config_hash;           ///< SHA-256 of the resolved settings, see `hash_of_settings`
  std::vector<std::string> notices;  ///< one line each, for stderr
  Origins origins;

  /// The same fault with the place where the value was written in front.
  InputError located(const sim::ConfigError& error) const;
};

/// One `--set PATH=VALUE`.
struct Override {
  std::string path, value;
  std::string text() const { return "--set " + path + "=" + value; }
};

/// {"path": value, ...} as overrides, in the order written.
std::vector<Override> overrides_of(const Json& differences);

/// Loads a scenario: its JSON, the chain of its `base`s with the differences of each, then the overrides in order.
///
/// @param name_or_file  a shipped scenario ("mot/three_stage") or a .json file.
/// @param overrides     as of --set; VALUE is one JSON value, else a string. Paths of files are relative to the JSON
/// file
///                      that names them, in overrides to the working directory.
/// @throws InputError naming file, key path, value found and what is allowed.
/// Checked by: tests/scenarios/scenario_test.cpp, tests/scenarios/bad_input_test.py.
Scenario load_scenario(const std::string& name_or_file, const std::vector<Override>& overrides = {});

/// The scenario that a resolved JSON text (the root attribute `scenario` of a result file) describes.
Scenario scenario_from_json(const std::string& json, const std::string& source);

/// SHA-256 of the resolved settings without name, description, claim_group, seed and record, in a fixed order of keys:
/// equal for runs that simulate the same, up to the seed. Files count with their content, not their path.
/// @throws InputError if one of the files cannot be read.
std::string hash_of_settings(const Settings& settings);

}  // namespace lemmata::scenarios
