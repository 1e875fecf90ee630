#pragma once
#include "scenarios/user_claim/expression.h"

namespace lemmata::scenarios {

/// One operation of a parsed expression.
struct Expression::Node {
  std::string name;  ///< a function, a variable, one of + - * / ^, "negate", or empty: a number
  double number = 0;
  std::size_t position = 0;  ///< in the text, from 1
  bool is_variable = false;
  std::vector<std::shared_ptr<const Node>> arguments;
};

/// Number of arguments of a function; 0 if there is none of this name.
std::size_t arity(const std::string& function);
std::string known_functions();

}  // namespace lemmata::scenarios
