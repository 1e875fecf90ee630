#pragma once
#include <string>

// In debug builds, operations that make NaN of numbers (0/0, inf - inf, 0 * inf, a NaN compared by < or >) are looked
// for at every training step: one whose outcome is finite all the same was swallowed on the way, and is a defect. In
// release builds (NDEBUG) all of this is empty. Overflow and division by zero are not looked for: 1/(1 + exp(800)) is
// right. Checked by: tests/sim/invalid_operations_test.cpp.
namespace lemmata::sim {

#ifdef NDEBUG
inline constexpr bool looks_for_invalid_operations = false;
#else
inline constexpr bool looks_for_invalid_operations = true;
#endif

/// What this thread has raised so far is forgotten.
void forget_invalid_operations();
/// Whether one was raised since, in this thread or in a ThreadTeam that it ran.
bool was_operation_invalid();
/// As if this thread had raised one.
void raise_invalid_operation();
/// @throws std::logic_error with the step, if one was raised.
void require_no_invalid_operation(long step);

}  // namespace lemmata::sim
