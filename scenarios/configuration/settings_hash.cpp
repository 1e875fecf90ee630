#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/scenario.h"
#include "scenarios/configuration/settings_json.h"
#include "scenarios/configuration/sha256.h"

namespace lemmata::scenarios {
namespace {

std::string content_hash(const std::filesystem::path& file, const std::string& key) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code error;
  if (!stream || !std::filesystem::is_regular_file(file, error)) {
    throw InputError(file.string(), key,
                     std::filesystem::exists(file, error) ? "a file that cannot be read" : "no such file",
                     "a readable file");
  }
  return sha256(stream);
}

}  // namespace

std::string hash_of_settings(const Settings& settings) {
  const Json resolved = json_from_settings(settings);
  nlohmann::json sorted = nlohmann::json::parse(resolved.dump());  // keys in alphabetical order
  for (const char* key : {"name", "description", "claim_group", "seed", "record"}) sorted.erase(key);
  if (settings.system == "mixture") sorted.erase("system");  // as before there were others
  if (!settings.transformer.data.file.empty())
    sorted["data"]["file"] = content_hash(settings.transformer.data.file, "data.file");
  if (!settings.data_file.empty()) sorted["data"]["file"] = content_hash(settings.data_file, "data.file");
  if (!settings.heldout_file.empty())
    sorted["data"]["heldout_file"] = content_hash(settings.heldout_file, "data.heldout_file");
  if (!settings.init_file.empty())
    sorted["model"]["init"]["file"] = content_hash(settings.init_file, "model.init.file");
  return sha256(sorted.dump());
}

}  // namespace lemmata::scenarios
