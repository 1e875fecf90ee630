#include "scenarios/system/training_state.h"

namespace lemmata::scenarios {

void training_fields(sim::TrainingState& state, StateFields& fields) {
  for (const char* name : sim::block_names) {
    Matrix& block = state.parameters.block(name);
    if (block.size() == 0) continue;
    fields.matrix(std::string("parameters_") + name, block);
    fields.memory(name, state.memory[name], block.rows(), block.cols());
  }
  fields.number("best_objective", state.best_objective);
  fields.count("best_stage_step", state.best_stage_step);
}

}  // namespace lemmata::scenarios
