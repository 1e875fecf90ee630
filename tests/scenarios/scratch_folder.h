#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/configuration/json_text.h"
#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {

/// A scratch folder for plans.
struct Folder {
  Scratch scratch;
  std::filesystem::path path = scratch.path();
  std::string write(const Json& json) const { return scratch.write("plan.json", json.dump()).string(); }
};

}  // namespace lemmata::scenarios
