#include "sim/numerics/invalid_operations.h"

#include <cfenv>
#include <stdexcept>

namespace lemmata::sim {

void forget_invalid_operations() {
  if (looks_for_invalid_operations) std::feclearexcept(FE_INVALID);
}

bool was_operation_invalid() { return looks_for_invalid_operations && std::fetestexcept(FE_INVALID) != 0; }

void raise_invalid_operation() {
  if (looks_for_invalid_operations) std::feraiseexcept(FE_INVALID);
}

void require_no_invalid_operation(long step) {
  if (was_operation_invalid())
    throw std::logic_error("step " + std::to_string(step) +
                           ": an operation made NaN of numbers, and nothing of it is left in the outcome");
}

}  // namespace lemmata::sim
