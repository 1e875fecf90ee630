#include "scenarios/user_claim/expression.h"

#include <charconv>
#include <cmath>

#include "scenarios/user_claim/expression_node.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_characters = 1000;
constexpr int most_levels = 50;

using Node = Expression::Node;
using NodePointer = std::shared_ptr<const Node>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  NodePointer whole() {
    NodePointer node = sum();
    if (peek() != '\0') fail(shown(), "an operator, or the end");
    return node;
  }
  std::map<std::string, std::size_t> variables;

 private:
  // One level of nesting, for as long as it lives.
  struct Level {
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.level_ > most_levels) parser_.fail("nesting", "at most 50 levels");
    }
    ~Level() { --parser_.level_; }
    Parser& parser_;
  };

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::string shown() { return at_ < text_.size() ? std::string("`") + text_[at_] + "`" : "the end"; }
  [[noreturn]] void fail(const std::string& found, const std::string& allowed) {
    throw ExpressionError(at_ + 1, found, allowed);
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  NodePointer binary(char operation, std::size_t position, NodePointer left, NodePointer right) {
    return std::make_shared<Node>(Node{std::string(1, operation), 0, position, false, {left, right}});
  }

  NodePointer sum() {
    const Level level(*this);
    NodePointer left = product();
    while (peek() == '+' || peek() == '-') {
      const std::size_t position = at_ + 1;
      const char operation = text_[at_++];
      left = binary(operation, position, left, product());
    }
    return left;
  }
  NodePointer product() {
    NodePointer left = power();
    while (peek() == '*' || peek() == '/') {
      const std::size_t position = at_ + 1;
      const char operation = text_[at_++];
      left = binary(operation, position, left, power());
    }
    return left;
  }
  // -x^2 is -(x^2), and 2^-x is allowed.
  NodePointer power() {
    const Level level(*this);
    peek();
    const std::size_t position = at_ + 1;
    if (take('-')) return std::make_shared<Node>(Node{"negate", 0, position, false, {power()}});
    const NodePointer base = value();
    peek();
    const std::size_t sign = at_ + 1;
    return take('^') ? binary('^', sign, base, power()) : base;
  }
  NodePointer value() {
    const char c = peek();
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return named();
    if (!take('(')) fail(shown(), "a number, a recorded variable, a function or `(`");
    const NodePointer inside = sum();
    if (!take(')')) fail(shown(), "`)`");
    return inside;
  }
  NodePointer number() {
    Node node;
    node.position = at_ + 1;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), node.number);
    if (error != std::errc() || !std::isfinite(node.number)) fail(shown(), "a number in the range of a double");
    at_ += static_cast<std::size_t>(end - first);
    return std::make_shared<Node>(node);
  }
  NodePointer named() {
    Node node;
    node.position = at_ + 1;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) node.name += text_[at_++];
    if (peek() != '(') {
      node.is_variable = true;
      variables.emplace(node.name, node.position);
      return std::make_shared<Node>(node);
    }
    const std::size_t wanted = arity(node.name);
    if (wanted == 0) throw ExpressionError(node.position, "the function " + node.name, known_functions());
    ++at_;
    do node.arguments.push_back(sum());
    while (take(','));
    if (!take(')')) fail(shown(), "`)` or `,`");
    if (node.arguments.size() != wanted)
      throw ExpressionError(node.position, std::to_string(node.arguments.size()) + " arguments of " + node.name,
                            std::to_string(wanted));
    return std::make_shared<Node>(node);
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int level_ = 0;
};

}  // namespace

Expression::Expression(const std::string& text) : text_(text) {
  if (text.size() > most_characters)
    throw ExpressionError(most_characters + 1, std::to_string(text.size()) + " characters", "at most 1000");
  Parser parser(text_);
  root_ = parser.whole();
  variables_ = std::move(parser.variables);
}

}  // namespace lemmata::scenarios
