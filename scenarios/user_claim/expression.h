#pragma once
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

// The arithmetic of a user's claim: one number from what a run recorded.
//
//   sum     = product { ("+" | "-") product }        product = power { ("*" | "/") power }
//   power   = sign [ "^" power ]                      sign    = ["-"] value
//   value   = number | name | name "(" sum { "," sum } ")" | "(" sum ")"
//
// A name is a recorded variable: a value at every recorded step, or several (one per class, say). Arithmetic goes step
// by step; a number goes with every step.
namespace lemmata::scenarios {

/// A recorded variable: `width` values at every step, row-major.
struct Recorded {
  std::vector<double> values;
  std::size_t width = 1;
};

/// What an expression is evaluated on: recorded steps and the variables at them.
struct RecordedRun {
  std::vector<double> steps;
  std::map<std::string, Recorded> variables;
};

/// A fault of an expression and where it is, counted from 1.
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(std::size_t position, const std::string& found, const std::string& allowed)
      : std::runtime_error("found " + found + " at character " + std::to_string(position) + ", allowed: " + allowed) {}
};

/// Functions, x a variable or a combination of some:
///   log10 log exp sqrt abs (x)            step by step
///   least(x) largest(x)                   over what a variable has at one step (classes, experts): one value a step
///   first last min max mean (x)           over the recorded steps: a number
///   at(x, s)                              at the last recorded step <= s
///   first_step(x, eps)                    first recorded step with x <= eps; NaN if there is none
///   rate(x), exponent(x)                  of the law that the curve follows (analysis::fit_law); NaN under another law
/// NaN is passed on: a claim whose number is NaN is undecided.
class Expression {
 public:
  /// @throws ExpressionError on anything but the grammar, an unknown function, a wrong number of arguments, more than
  /// 1,000 characters, nesting beyond 50.
  explicit Expression(const std::string& text);

  const std::string& text() const { return text_; }
  /// Names of variables, each with the position where it stands first.
  const std::map<std::string, std::size_t>& variables() const { return variables_; }
  /// @throws ExpressionError if the result is not one number, or values of different widths meet.
  double evaluate(const RecordedRun& run) const;

  struct Node;

 private:
  std::string text_;
  std::shared_ptr<const Node> root_;
  std::map<std::string, std::size_t> variables_;
};

}  // namespace lemmata::scenarios
