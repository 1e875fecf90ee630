#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "sim/data/law.h"
#include "sim/error.h"
#include "sim/numerics/signals.h"
#include "tests/close.h"

// Data from outside, and what the gate keeps of it.
using namespace lemmata;
using namespace lemmata::sim;

TEST_CASE("check_dataset: each fault of outside data is refused by its own field") {
  const Dataset good = data_law_named("class_mixture").generate({}, {});
  const auto field = [&](auto change) -> std::string {
    Dataset data = good;
    change(data);
    try {
      check_dataset(data);
    } catch (const ConfigError& error) {
      return error.field();
    }
    return "accepted";
  };
  CHECK(field([](Dataset&) {}) == "accepted");
  CHECK(field([](Dataset& d) { d.tokens(2, 7) = std::nan(""); }) == "data.X");
  CHECK(field([](Dataset& d) { d.tokens.conservativeResize(10, 95); }) == "data.X");
  CHECK(field([](Dataset& d) { d.label(3) = 0; }) == "data.y");
  CHECK(field([](Dataset& d) { d.label(3) = std::nan(""); }) == "data.y");
  CHECK(field([](Dataset& d) { d.class_index[1] = 3; }) == "data.class");
  CHECK(field([](Dataset& d) { d.class_index.pop_back(); }) == "data.class");
  CHECK(field([](Dataset& d) { d.weight(0) = std::nan(""); }) == "data.weight");
  CHECK(field([](Dataset& d) { d.weight *= 2; }) == "data.weight");
  CHECK(field([](Dataset& d) { d.label_signal.resize(3, 9); }) == "data.label_signal");
  CHECK(field([](Dataset& d) { d.class_signal(0, 0) = std::nan(""); }) == "data.class_signal");
  CHECK(field([](Dataset& d) { d.token_kind.pop_back(); }) == "data.token_kind");
}

TEST_CASE("span_projection: keeps the class signals, kills their complement, also for dependent rows") {
  Matrix signals(3, 5);
  signals << 1, 1, 0, 0, 0, 0, 1, 0, 0, 2, 1, 2, 0, 0, 2;  // the sum of the others
  const Matrix p = span_projection(signals);
  CHECK((p * signals.transpose() - signals.transpose()).norm() < 1e-14);
  CHECK((p * p - p).norm() < 1e-14);
  CHECK(close(p.trace(), 2, 0, 1e-14));
  CHECK((p * Vector::Unit(5, 2)).norm() < 1e-15);
}
