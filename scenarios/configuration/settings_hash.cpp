#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_files.h"
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

nlohmann::json::json_pointer pointer_of(std::string key) {
  std::replace(key.begin(), key.end(), '.', '/');
  return nlohmann::json::json_pointer("/" + key);
}

}  // namespace

std::string hash_of_settings(const Settings& settings) {
  const Json resolved = json_from_settings(settings);
  nlohmann::json sorted = nlohmann::json::parse(resolved.dump());  // keys in alphabetical order
  for (const char* key : {"name", "description", "claim_group", "seed", "record"}) sorted.erase(key);
  if (settings.system == "mixture") sorted.erase("system");  // as before there were others
  for (const InputFile& file : input_files(settings)) {
    if (!file.path.empty()) sorted[pointer_of(file.key)] = content_hash(file.path, file.key);
  }
  return sha256(sorted.dump());
}

}  // namespace lemmata::scenarios
