#include "scenarios/evidence/measurements.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "scenarios/evidence/recheck.h"
#include "scenarios/evidence/shared_records.h"
#include "scenarios/measure/stored.h"
#include "tests/analysis/scratch.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace lemmata::scenarios {
struct Sample {
  double loss = 0;
  long step = 0;
  bool pure = false;
  std::vector<double> curve;
  analysis::StepsToEps reached;
};
void fields_of(Sample& sample, Fields& fields) {
  fields.number("loss", sample.loss, "a loss");
  fields.number("step", sample.step, "a step");
  fields.flag("pure", sample.pure, "1 = pure");
  fields.series("curve", "point", sample.curve, "a curve");
  fields_of(sample.reached, fields);
}
struct Twice {
  double value = 0;
};
void fields_of(Twice& twice, Fields& fields) {
  fields.number("value", twice.value, "one");
  fields.number("value", twice.value, "the same name again");
}
}  // namespace lemmata::scenarios

namespace {

std::vector<Sample> samples() {
  std::vector<Sample> list(3);
  list[0].loss = 0.1;
  list[0].step = 3;
  list[0].pure = true;
  list[0].curve = {1, std::nan("")};
  list[1].loss = std::nan("");
  list[1].step = -1;
  list[2].loss = 1e-300;
  list[2].step = 1L << 52;
  list[2].curve = {4, 5, 6};
  list[2].reached.observe(0, 0.5);
  list[2].reached.observe(7, 2e-3);
  return list;
}

analysis::Dataset kept_samples() {
  Measurements measurements;
  measurements.records<Sample>("runs", {4, 7, 9}, samples);
  return measurements.kept();
}

std::vector<Sample> read_back(analysis::Dataset stored, const std::vector<long>& seeds = {4, 7, 9}) {
  Measurements measurements(std::move(stored));
  return measurements.records<Sample>("runs", seeds,
                                      []() -> std::vector<Sample> { throw std::logic_error("trained"); });
}

analysis::Variable& variable(analysis::Dataset& data, const std::string& name) {
  for (analysis::Variable& one : data.variables) {
    if (one.name == name) return one;
  }
  throw std::logic_error("no " + name);
}

void same_samples(const std::vector<Sample>& found) {
  REQUIRE(found.size() == 3);
  CHECK(found[0].loss == 0.1);
  CHECK(found[0].step == 3);
  CHECK(found[0].pure);
  CHECK(found[0].curve[0] == 1);
  CHECK(found[0].curve.size() == 2);  // its NaN is a value, not the end of the row
  CHECK(std::isnan(found[1].loss));
  CHECK(found[1].step == -1);
  CHECK(found[1].curve.empty());
  CHECK(found[2].loss == 1e-300);
  CHECK(found[2].step == 1L << 52);
  CHECK(found[2].curve == std::vector<double>{4, 5, 6});
  const std::vector<Sample> truth = samples();
  CHECK(found[2].reached.steps() == truth[2].reached.steps());
  CHECK(found[2].reached.first_step(1e-2) == 7);
}

}  // namespace

TEST_CASE("measured records come back as they were, through a file too, and nothing is measured again") {
  same_samples(read_back(kept_samples()));
  const Scratch scratch;
  analysis::write_dataset(scratch / "kept.h5", kept_samples());
  same_samples(read_back(read_arrays(scratch / "kept.h5")));
}

TEST_CASE("what is read back is kept again, so that stored and derived arrays can be compared") {
  const analysis::Dataset kept = kept_samples();
  Measurements again(kept);
  again.records<Sample>("runs", {4, 7, 9}, samples);
  REQUIRE(again.kept().variables.size() == kept.variables.size());
  for (std::size_t i = 0; i < kept.variables.size(); ++i) {
    CHECK(again.kept().variables[i].name == kept.variables[i].name);
    CHECK(again.kept().variables[i].dimensions == kept.variables[i].dimensions);
  }
}

TEST_CASE("stored arrays that do not fit are named") {
  CHECK_THROWS_WITH_AS(read_back(kept_samples(), {4, 7, 8}), doctest::Contains("runs_seed"), StoredFault);
  CHECK_THROWS_WITH_AS(read_back(kept_samples(), {4, 7}), doctest::Contains("runs_seed"), StoredFault);
  CHECK_THROWS_WITH_AS(read_back({}), doctest::Contains("runs_seed: found nothing"), StoredFault);
  analysis::Dataset data = kept_samples();
  std::get<std::vector<double>>(variable(data, "runs_step").values)[0] = 0.5;
  CHECK_THROWS_WITH_AS(read_back(data), doctest::Contains("step: found 0.5"), StoredFault);
  data = kept_samples();
  std::get<std::vector<double>>(variable(data, "runs_pure").values)[0] = 2;
  CHECK_THROWS_WITH_AS(read_back(data), doctest::Contains("pure: found 2"), StoredFault);
  data = kept_samples();
  std::get<std::vector<double>>(variable(data, "runs_point_count").values)[0] = 1e9;
  CHECK_THROWS_WITH_AS(read_back(data), doctest::Contains("runs_point_count"), StoredFault);
  data = kept_samples();
  std::get<std::vector<double>>(variable(data, "runs_point_count").values)[1] = 1e300;
  CHECK_THROWS_WITH_AS(read_back(data), doctest::Contains("whole number"), StoredFault);
  data = kept_samples();
  variable(data, "runs_loss").name = "runs_lost";
  CHECK_THROWS_WITH_AS(read_back(data), doctest::Contains("runs_loss: found nothing"), StoredFault);
  data = kept_samples();
  variable(data, "runs_curve").dimensions = {"runs_seed", "runs_level"};
  CHECK_THROWS_WITH_AS(read_back(data), doctest::Contains("runs_curve: found dimensions"), StoredFault);
}

TEST_CASE("a name is measured once, a field named once, and no seeds leave no arrays") {
  Measurements measurements;
  measurements.records<Sample>("none", {}, [] { return std::vector<Sample>{}; });
  CHECK(measurements.kept().variables.empty());
  measurements.records<Sample>("runs", {4, 7, 9}, samples);
  CHECK_THROWS_AS(measurements.records<Sample>("runs", {4, 7, 9}, samples), std::logic_error);
  CHECK_THROWS_AS(measurements.records<Twice>("twice", {0}, [] { return std::vector<Twice>(1); }), std::logic_error);
}

TEST_CASE("evidence differs where a number, a word or a key does, not where rounding does") {
  const auto differences = [](const Json& found, const Json& derived) {
    std::vector<std::string> findings;
    compare_json(found, derived, "", findings);
    return findings;
  };
  const Json derived = {{"verdict", "supported"},
                        {"reason", "mean 0.12345 over 3 seeds"},
                        {"interval", {1.0, "inf"}},
                        {"quantities", {{{"measured", 1e-15}, {"tolerance", 1e-13}, {"judged", true}}}}};
  CHECK(differences(derived, derived).empty());
  Json found = derived;
  found["quantities"][0]["measured"] = 3e-15;  // rounding, far below its tolerance
  found["interval"][0] = 1 + 1e-9;
  found["reason"] = "mean 0.12346 over 3 seeds";
  CHECK(differences(found, derived).empty());
  const auto one = [&](const std::string& pointer, const Json& value, const std::string& path) {
    Json changed = derived;
    changed[Json::json_pointer(pointer)] = value;
    const std::vector<std::string> findings = differences(changed, derived);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].rfind(path + ": found ", 0) == 0);
  };
  one("/quantities/0/measured", 1e-13, "quantities.0.measured");
  one("/quantities/0/tolerance", 1.001e-13, "quantities.0.tolerance");
  found = derived;
  found["quantities"][0]["measured"] = 240.0;
  Json other = found;
  other["quantities"][0]["tolerance"] = (1 + 3e-5) * 1e-13;  // the half-width of a fit's interval
  CHECK(differences(found, other).empty());
  other["quantities"][0]["tolerance"] = (1 + 2e-4) * 1e-13;
  CHECK(differences(found, other).size() == 1);
  one("/quantities/0/judged", false, "quantities.0.judged");
  one("/interval/0", 1.001, "interval.0");
  one("/interval/1", "-inf", "interval.1");
  one("/reason", "mean 0.12345 over 4 seeds", "reason");
  one("/verdict", "refuted", "verdict");
  one("/more", 1, "more");
  Json less = derived;
  less.erase("reason");
  CHECK(differences(less, derived).size() == 1);
}

TEST_CASE("shared records: measured once under each name, by any number of threads, another type is refused") {
  SharedRecords shared;
  int measured = 0;
  const auto measure = [&] { return std::vector<double>{1.0 * ++measured}; };
  CHECK(shared.record<std::vector<double>>("loss abc 0", measure) == std::vector{1.0});
  CHECK(shared.record<std::vector<double>>("loss abc 1", measure) == std::vector{2.0});
  CHECK(shared.record<std::vector<double>>("loss abc 0", measure) == std::vector{1.0});
  CHECK(measured == 2);
  CHECK_THROWS_AS(shared.record<double>("loss abc 0", [] { return 0.0; }), std::bad_any_cast);
  CHECK_THROWS_AS(shared.record<double>("fails", []() -> double { throw std::runtime_error("no"); }),
                  std::runtime_error);
  CHECK(shared.record<double>("fails", [] { return 3.0; }) == 3);  // what failed is measured again
}

TEST_CASE("shared records: several threads that ask for the same records all get them") {
  SharedRecords shared;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        const std::vector<double> wanted(5, i % 30);
        const auto name = "record " + std::to_string(i % 30);
        if (shared.record<std::vector<double>>(name, [&] { return wanted; }) != wanted) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
