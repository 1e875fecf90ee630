#include "scenarios/evidence/measurement_journal.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

#include "scenarios/configuration/input_error.h"
#include "scenarios/evidence/measurements.h"
#include "scenarios/study/resumed_lines.h"
#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {
namespace {

struct Run {
  double loss = 0;
  long steps = 0;
  bool pure = false;
  std::vector<double> curve;
};
void fields_of(Run& run, Fields& fields) {
  fields.number("loss", run.loss, "a loss");
  fields.number("steps", run.steps, "steps");
  fields.flag("pure", run.pure, "1 = pure");
  fields.series("curve", "point", run.curve, "a curve");
}

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

Run measured_run() {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  return {0.1, 1L << 52, true, {nan, -nan, inf, -inf, -0.0, 5e-324, 1.7976931348623157e308, 1.0 / 3}};
}

/// The journal's record of (check, "runs", seed), or how often it was measured instead.
struct Asked {
  Run run;
  int measured = 0;
};
Asked asked(MeasurementJournal& journal, const std::string& check, long seed) {
  Asked asked;
  const Measurements measurements(journal, check);
  asked.run = measurements.record<Run>("runs", seed, [&] {
    ++asked.measured;
    return measured_run();
  });
  return asked;
}

}  // namespace

TEST_CASE("measurement journal: what was measured is read back with the same bits and is not measured again") {
  const Scratch folder;
  const auto file = folder / "check.measured.jsonl";
  {
    MeasurementJournal journal(file, false);
    CHECK(journal.size() == 0);
    CHECK(asked(journal, "M1 x", 3).measured == 1);
  }
  MeasurementJournal journal(file, true);
  CHECK(journal.size() == 1);
  const Asked again = asked(journal, "M1 x", 3);
  CHECK(again.measured == 0);
  const Run first = measured_run();
  CHECK(same_bits(again.run.loss, first.loss));
  CHECK(again.run.steps == first.steps);
  CHECK(again.run.pure);
  REQUIRE(again.run.curve.size() == first.curve.size());
  for (std::size_t i = 0; i < first.curve.size(); ++i) CHECK(same_bits(again.run.curve[i], first.curve[i]));
  CHECK(asked(journal, "M1 x", 4).measured == 1);
  CHECK(asked(journal, "M1 y", 3).measured == 1);
}

TEST_CASE("measurement journal: begun anew without resume, gone with the check") {
  const Scratch folder;
  const auto file = folder / "check.measured.jsonl";
  {
    MeasurementJournal journal(file, false);
    asked(journal, "M1 x", 3);
  }
  MeasurementJournal journal(file, false);
  CHECK(asked(journal, "M1 x", 3).measured == 1);
  journal.remove();
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("measurement journal: a cut last line is dropped, another build and lines that are no records are refused") {
  const Scratch folder;
  const auto file = folder / "check.measured.jsonl";
  std::string header, record;
  {
    MeasurementJournal journal(file, false);
    asked(journal, "M1 x", 3);
  }
  std::ifstream stream(file);
  std::getline(stream, header);
  std::getline(stream, record);
  const auto sized = [&](const std::string& text) {
    std::ofstream(file) << text;
    return MeasurementJournal(file, true).size();
  };
  CHECK(sized(header + "\n" + record + "\n" + record.substr(0, 20)) == 1);
  CHECK(sized("") == 0);
  CHECK_THROWS_AS(sized("{\"measurements_of\": \"0\"}\n" + record + "\n"), InputError);
  for (const char* line : {"[1]", "{}", "nothing", R"({"check": "a", "name": "b", "seed": 1.5, "fields": {}})",
                           R"({"check": "a", "name": 1, "seed": 1, "fields": {}})",
                           R"({"check": "a", "name": "b", "seed": 1, "fields": []})"})
    CHECK_THROWS_AS(sized(header + "\n" + sealed_line(line) + "\n"), InputError);
  CHECK_THROWS_AS(sized(header + "\n" + record.substr(0, 50) + '7' + record.substr(51) + "\n"), InputError);
  for (const char* fields : {"{}", R"({"loss": "x"})", R"({"loss": 1, "steps": 0.5, "pure": 1, "curve": []})",
                             R"({"loss": 1, "steps": 5, "pure": 1, "curve": 7})"}) {
    const std::string line =
        sealed_line(R"({"check": "M1 x", "name": "runs", "seed": 3, "fields": )" + std::string(fields) + "}");
    std::ofstream(file) << header << "\n" << line << "\n";
    MeasurementJournal journal(file, true);
    CHECK_THROWS_AS(asked(journal, "M1 x", 3), InputError);
  }
}

}  // namespace lemmata::scenarios
