#include "scenarios/system/system.h"

namespace lemmata::scenarios {

SystemEntry mixture_system() {
  return {"mixture",
          "classes of samples, experts that are transformer blocks, a gate, stages: sim/train/trainer.h",
          "arXiv 2510.27004",
          {sim::block_names.begin(), sim::block_names.end()},
          nullptr,
          nullptr,
          nullptr};
}

}  // namespace lemmata::scenarios
