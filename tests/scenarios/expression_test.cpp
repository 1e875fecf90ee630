#include "scenarios/user_claim/expression.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lemmata::scenarios;

namespace {

// loss 8, 4, 2, 1 at steps 0, 1, 10, 100; load of three classes at each.
RecordedRun run() {
  RecordedRun recorded;
  recorded.steps = {0, 1, 10, 100};
  recorded.variables["loss"] = {{8, 4, 2, 1}, 1};
  recorded.variables["load"] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 11, 10}, 3};
  recorded.variables["gap"] = {{1, std::nan(""), 3, 4}, 1};
  return recorded;
}

double value(const std::string& text) { return Expression(text).evaluate(run()); }

}  // namespace

TEST_CASE("arithmetic has the usual precedence, powers bind to the right and before a sign") {
  CHECK(value("1 + 2 * 3 - 4 / 2") == 5);
  CHECK(value("8 - 4 - 2") == 2);
  CHECK(value("16 / 4 / 2") == 2);
  CHECK(value("2 ^ 3 ^ 2") == 512);
  CHECK(value("-2 ^ 2") == -4);
  CHECK(value("2 ^ -1") == 0.5);
  CHECK(value("(1 + 2) * 3") == 9);
  CHECK(value("1e-3") == 1e-3);
  CHECK(value(" .5\t") == 0.5);
  CHECK(value("--3") == 3);
  CHECK(value("sqrt(abs(-9)) + log(exp(2)) + log10(1000)") == 8);
}

TEST_CASE("recorded variables: step by step, across classes, over steps") {
  CHECK(value("first(loss)") == 8);
  CHECK(value("last(loss)") == 1);
  CHECK(value("max(loss) - min(loss)") == 7);
  CHECK(value("mean(loss)") == 3.75);
  CHECK(value("last(least(load))") == 10);
  CHECK(value("last(largest(load))") == 12);
  CHECK(value("max(largest(load) - least(load))") == 2);
  CHECK(value("first(least(load) * loss)") == 8);
  CHECK(value("max(2 * loss + 1)") == 17);
  CHECK(value("at(loss, 10)") == 2);
  CHECK(value("at(loss, 99.5)") == 2);
  CHECK(std::isnan(value("at(loss, -1)")));
  CHECK(value("first_step(loss, 2)") == 10);
  CHECK(value("first_step(loss, 2.5)") == 10);
  CHECK(std::isnan(value("first_step(loss, 0.5)")));
}

TEST_CASE("NaN is passed on, never dropped") {
  CHECK(std::isnan(value("max(gap)")));
  CHECK(std::isnan(value("min(gap)")));
  CHECK(std::isnan(value("mean(gap)")));
  CHECK(value("last(gap)") == 4);
  CHECK(std::isnan(value("rate(loss)")));  // four points are no law
  CHECK(std::isnan(value("exponent(loss)")));
}

TEST_CASE("the laws of a curve: its rate, its exponent") {
  RecordedRun recorded;
  for (int i = 0; i <= 400; ++i) recorded.steps.push_back(i < 100 ? i : 100 * std::pow(10, (i - 100) / 100.0));
  for (const double step : recorded.steps) {
    recorded.variables["falling"].values.push_back(std::exp(-1e-3 * step));
    recorded.variables["slow"].values.push_back(1 / (step + 5));
  }
  CHECK(std::abs(Expression("rate(falling)").evaluate(recorded) / 1e-3 - 1) < 1e-6);
  CHECK(std::isnan(Expression("exponent(falling)").evaluate(recorded)));
  CHECK(std::abs(Expression("exponent(slow)").evaluate(recorded) - 1) < 1e-3);
  CHECK(std::isnan(Expression("rate(slow)").evaluate(recorded)));
}

TEST_CASE("a fault is named with its position, counted from 1") {
  const auto fault = [](const std::string& text) -> std::string {
    try {
      Expression(text).evaluate(run());
    } catch (const ExpressionError& error) {
      return error.what();
    }
    return "none";
  };
  const auto contains = [&](const std::string& text, const std::string& part) {
    const std::string message = fault(text);
    CAPTURE(message);
    CHECK(message.find(part) != std::string::npos);
  };
  contains("", "the end at character 1");
  contains("1 +", "the end at character 4");
  contains("last(loss", "the end at character 10, allowed: `)` or `,`");
  contains("last(loss))", "`)` at character 11");
  contains("1 $ 2", "`$` at character 3");
  contains("loss[0]", "`[` at character 5");
  contains("1 + lost(loss)", "the function lost at character 5");
  contains("2 * at(loss)", "1 arguments of at at character 5, allowed: 2");
  contains("1e999", "at character 1, allowed: a number in the range");
  contains("loss", "a value at every step at character 1");
  contains("last(load)", "several values a step");
  contains("last(3)", "last of a number");
  contains("least(3)", "least of a number");
  contains("last(least(load) * load)", "different widths");
  contains("last(missing)", "missing at character 6");
  contains("at(loss, loss)", "a curve as second argument");
  contains(std::string(60, '(') + "1" + std::string(60, ')'), "at most 50 levels");
  contains(std::string(60, '-') + "1", "at most 50 levels");
  contains(std::string(1001, '1'), "at most 1000");
  contains("caf\xc3\xa9", "at character 4");
}

TEST_CASE("the names that an expression needs, with the place of each") {
  const Expression expression("last(loss) / first(loss) + max(least(load))");
  CHECK(expression.variables() == std::map<std::string, std::size_t>{{"load", 38}, {"loss", 6}});
}
