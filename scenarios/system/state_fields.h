#pragma once
#include <functional>
#include <stdexcept>
#include <string>

#include "analysis/dataset.h"
#include "analysis/steps_to_eps.h"
#include "sim/train/blocks.h"

namespace lemmata::scenarios {

/// What is wrong with a stored state: a variable that is missing or of another shape.
struct StateFault : std::runtime_error {
  StateFault(std::string object_, std::string found_, std::string allowed_)
      : std::runtime_error(object_ + ": found " + found_ + ", allowed: " + allowed_),
        object(std::move(object_)),
        found(std::move(found_)),
        allowed(std::move(allowed_)) {}
  std::string object, found, allowed;
};

/// Moves all that changes in a simulation from step to step to or from arrays. A simulation names each of its numbers
/// once, in `state`, and both directions follow from it; names are [A-Za-z0-9_]+.
/// Checked by: tests/scenarios/state_fields_test.cpp; every system by tests/scenarios/resume_test.py.
class StateFields {
 public:
  virtual ~StateFields() = default;
  /// Read back, it must have the shape that it has here.
  virtual void matrix(const std::string& name, Matrix& values) = 0;
  /// One of that shape, or empty; only what is not empty is stored.
  virtual void optional(const std::string& name, Matrix& values, Index rows, Index columns) = 0;
  virtual void count(const std::string& name, long& value) = 0;  ///< below 2^53
  void number(const std::string& name, double& value);
  void vector(const std::string& name, Vector& values);
  void counts(const std::string& name, std::vector<long>& values);  ///< as many as there are
  /// What an optimiser remembers of a block of that shape.
  void memory(const std::string& block, sim::OptimizerMemory& memory, Index rows, Index columns);
  /// Parameters, and the memories of their optimisers.
  void blocks(sim::BlockState& state);
};

/// Names the whole of a state.
using StateVisit = std::function<void(StateFields& fields)>;

/// T(eps) as observed so far. @throws StateFault, reading back, on steps that are none.
void reached_fields(const std::string& name, analysis::StepsToEps& reached, StateFields& fields);

/// The arrays of a state: every matrix with dimensions of its own.
analysis::Dataset stored_state(const StateVisit& state);

/// Sets the state to what is stored. @throws StateFault; what was set before stays set.
void restore_state(const analysis::Dataset& stored, const StateVisit& state);

}  // namespace lemmata::scenarios
