#pragma once
#include <nlohmann/json.hpp>

#include "scenarios/map/plan.h"
#include "tests/scenarios/scratch_folder.h"

// A map of three models that runs in a second.
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

}  // namespace lemmata::scenarios
