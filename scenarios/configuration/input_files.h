#pragma once
#include <filesystem>
#include <vector>

#include "scenarios/configuration/settings.h"

namespace lemmata::scenarios {

/// A file that settings name.
struct InputFile {
  const char* key;             ///< where the path stands
  std::filesystem::path path;  ///< empty = none
};

/// Every file that a scenario may name: their paths are made absolute, they count in the hash with their content, and
/// no result is written over them.
inline std::vector<InputFile> input_files(const Settings& settings) {
  return {{"data.file", settings.system == "transformer" ? settings.transformer.data.file : settings.data_file},
          {"data.heldout_file", settings.heldout_file},
          {"model.init.file", settings.init_file}};
}

}  // namespace lemmata::scenarios
