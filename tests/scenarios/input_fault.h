#pragma once
#include <stdexcept>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {

/// The InputError that an action throws. @throws std::logic_error if it throws none, so that a test cannot pass by
/// accident.
template <class Action>
InputError fault_of(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error;
  }
  throw std::logic_error("expected an InputError, but nothing was thrown");
}

}  // namespace lemmata::scenarios
