#include "scenarios/report/evidence_record.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {

Json evidence_records(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name.ends_with(".json") && name.find("--") != std::string::npos)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), [](const auto& one, const auto& other) {
    return strverscmp(one.c_str(), other.c_str()) < 0;  // J2 before J10
  });
  Json list = Json::array();
  for (const std::filesystem::path& file : files) {
    Json evidence = read_json_file(file);
    for (const char* key : {"id", "setting", "verdict"}) {
      if (!evidence.is_object() || !evidence.contains(key) || !evidence[key].is_string())
        throw InputError(file.string(), key, evidence.is_object() ? "no text" : "no object",
                         "evidence as `check --out` writes it");
    }
    list.push_back(std::move(evidence));
  }
  return list;
}

}  // namespace lemmata::scenarios
