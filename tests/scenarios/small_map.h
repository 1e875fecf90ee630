#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "scenarios/map/plan.h"

// A map of three models that runs in a second, and a folder for it.
namespace lemmata::scenarios {

inline Json small_map() {
  return Json::parse(
      R"({"base": "mot/three_stage", "differences": {"data.heldout": 0}, "steps": 400, "fraction": 1, "seeds": 2,
    "models": [{"name": "mot", "differences": {}},
               {"name": "two", "differences": {"model.kind": "single", "model.heads": 2}},
               {"name": "relu", "differences": {"model.kind": "two_head_relu"}}],
    "losses": [{"name": "squared", "differences": {}}, {"name": "logistic", "differences": {"loss.kind": "logistic"}}],
    "noises": [{"name": "none", "differences": {}}],
    "optimizers": [{"name": "gd", "learning_rate": {"squared": 0.02, "logistic": 3}},
                   {"name": "newton", "learning_rate": 0.3}],
    "joint": {"optimizers": ["gd"], "learning_rate": {"ffn": 0.05, "attention": 0.3, "gate": 1}}})");
}

struct Folder {
  std::filesystem::path path;
  Folder() {  // of its own for every process: tests run side by side
    std::string name = (std::filesystem::temp_directory_path() / "law_map_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const Json& json) const {
    const std::filesystem::path file = path / "map.json";
    std::ofstream(file) << json.dump();
    return file.string();
  }
};

}  // namespace lemmata::scenarios
