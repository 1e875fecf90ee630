#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// A folder of a test's own, gone with it.
struct Folder {
  std::filesystem::path path;
  Folder() {  // of its own for every process: tests run side by side
    std::string name = (std::filesystem::temp_directory_path() / "lemmata_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const Json& json) const {
    const std::filesystem::path file = path / "plan.json";
    std::ofstream(file) << json.dump();
    return file.string();
  }
};

}  // namespace lemmata::scenarios
