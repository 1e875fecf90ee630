#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "analysis/law_fit.h"
#include "scenarios/user_claim/expression_node.h"

namespace lemmata::scenarios {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// A number (one value, one row, for every step), or rows of `width` values, one row a step.
struct Value {
  std::vector<double> values;
  std::size_t width = 1;
  bool is_number = false;
};

Value number(double value) { return {{value}, 1, true}; }

using Over = double (*)(const std::vector<double>& curve, const std::vector<double>& steps);

double fold(const std::vector<double>& curve, double (*two)(double, double)) {
  double found = curve.empty() ? not_a_number : curve[0];
  for (const double value : curve) found = std::isnan(value) || std::isnan(found) ? not_a_number : two(found, value);
  return found;
}
double smaller(double a, double b) { return std::min(a, b); }
double larger(double a, double b) { return std::max(a, b); }

const std::map<std::string, double (*)(double)> pointwise = {
    {"log10", [](double x) { return std::log10(x); }}, {"log", [](double x) { return std::log(x); }},
    {"exp", [](double x) { return std::exp(x); }},     {"sqrt", [](double x) { return std::sqrt(x); }},
    {"abs", [](double x) { return std::abs(x); }},     {"negate", [](double x) { return -x; }}};

const std::map<std::string, double (*)(double, double)> arithmetic = {
    {"+", [](double a, double b) { return a + b; }},
    {"-", [](double a, double b) { return a - b; }},
    {"*", [](double a, double b) { return a * b; }},
    {"/", [](double a, double b) { return a / b; }},
    {"^", [](double a, double b) { return std::pow(a, b); }}};

const std::map<std::string, Over> over_steps = {
    {"first", [](const auto& x, const auto&) { return x.empty() ? not_a_number : x.front(); }},
    {"last", [](const auto& x, const auto&) { return x.empty() ? not_a_number : x.back(); }},
    {"min", [](const auto& x, const auto&) { return fold(x, smaller); }},
    {"max", [](const auto& x, const auto&) { return fold(x, larger); }},
    {"mean",
     [](const auto& x, const auto&) {
       double sum = 0;
       for (const double value : x) sum += value;
       return x.empty() ? not_a_number : sum / static_cast<double>(x.size());
     }},
    {"rate",
     [](const auto& x, const auto& steps) {
       const analysis::LawFit fit = analysis::fit_law(steps, x);
       return fit.law == analysis::Law::exponential ? fit.rate : not_a_number;
     }},
    {"exponent", [](const auto& x, const auto& steps) {
       const analysis::LawFit fit = analysis::fit_law(steps, x);
       return fit.law == analysis::Law::power ? fit.exponent : not_a_number;
     }}};

double value_at(const std::vector<double>& curve, const std::vector<double>& steps, double step) {
  double found = not_a_number;
  for (std::size_t i = 0; i < curve.size() && steps[i] <= step; ++i) found = curve[i];
  return found;
}
double first_step(const std::vector<double>& curve, const std::vector<double>& steps, double level) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve[i] <= level) return steps[i];
  }
  return not_a_number;
}

class Evaluation {
 public:
  explicit Evaluation(const RecordedRun& run) : run_(run) {}

  Value of(const Expression::Node& node) const {
    if (node.is_variable) return variable(node);
    if (node.name.empty()) return number(node.number);
    std::vector<Value> arguments;
    for (const auto& argument : node.arguments) arguments.push_back(of(*argument));
    if (const auto found = arithmetic.find(node.name); found != arithmetic.end())
      return combined(node, arguments[0], arguments[1], found->second);
    if (const auto found = pointwise.find(node.name); found != pointwise.end()) {
      for (double& value : arguments[0].values) value = found->second(value);
      return arguments[0];
    }
    if (node.name == "least" || node.name == "largest") return across(node, arguments[0]);
    const std::vector<double>& curve = curve_of(node, arguments[0]);
    if (const auto found = over_steps.find(node.name); found != over_steps.end())
      return number(found->second(curve, run_.steps));
    if (!arguments[1].is_number)
      throw ExpressionError(node.position, "a curve as second argument of " + node.name, "a number");
    return number((node.name == "at" ? value_at : first_step)(curve, run_.steps, arguments[1].values[0]));
  }

 private:
  Value variable(const Expression::Node& node) const {
    const auto found = run_.variables.find(node.name);
    if (found == run_.variables.end() || found->second.values.size() != found->second.width * run_.steps.size())
      throw ExpressionError(node.position, node.name, "a recorded variable, complete at every step");
    return {found->second.values, found->second.width, false};
  }
  Value combined(const Expression::Node& node, const Value& left, const Value& right,
                 double (*two)(double, double)) const {
    const Value& shape = left.is_number ? right : left;
    if (!left.is_number && !right.is_number && left.width != right.width)
      throw ExpressionError(node.position, "values of different widths at " + node.name,
                            "as many on both sides: least(x) or largest(x) makes one of several");
    Value result = shape;
    for (std::size_t i = 0; i < result.values.size(); ++i)
      result.values[i] = two(left.values[left.is_number ? 0 : i], right.values[right.is_number ? 0 : i]);
    return result;
  }
  static Value across(const Expression::Node& node, const Value& value) {
    if (value.is_number) throw ExpressionError(node.position, node.name + " of a number", "of a recorded variable");
    Value result{{}, 1, false};
    for (std::size_t i = 0; i < value.values.size(); i += value.width) {
      const auto first = value.values.begin() + static_cast<std::ptrdiff_t>(i);
      result.values.push_back(
          fold({first, first + static_cast<std::ptrdiff_t>(value.width)}, node.name == "least" ? smaller : larger));
    }
    return result;
  }
  static const std::vector<double>& curve_of(const Expression::Node& node, const Value& value) {
    if (value.is_number || value.width != 1)
      throw ExpressionError(node.position,
                            node.name + " of " + (value.is_number ? "a number" : "several values a step"),
                            "of one value a step: least(x) or largest(x) makes one of several");
    return value.values;
  }
  const RecordedRun& run_;
};

}  // namespace

std::size_t arity(const std::string& function) {
  if (function == "at" || function == "first_step") return 2;
  const bool known = function == "least" || function == "largest" || over_steps.count(function) > 0 ||
                     (pointwise.count(function) > 0 && function != "negate");
  return known ? 1 : 0;
}

std::string known_functions() {
  return "log10, log, exp, sqrt, abs, least, largest, first, last, min, max, mean, at, first_step, rate, exponent";
}

double Expression::evaluate(const RecordedRun& run) const {
  const Value value = Evaluation(run).of(*root_);
  if (!value.is_number)
    throw ExpressionError(root_->position, "a value at every step", "one number: last(x), max(x), ...");
  return value.values[0];
}

}  // namespace lemmata::scenarios
