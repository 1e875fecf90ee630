#include "scenarios/watch/watched_run.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cmath>

#include "scenarios/configuration/input_error.h"
#include "scenarios/watch/watched_folder.h"
#include "tests/analysis/scratch.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

/// Sets when a file was last written, in s since 1970.
void set_time(const std::filesystem::path& file, double time) {
  const timespec stamp{static_cast<time_t>(time), static_cast<long>(1e9 * (time - std::floor(time)))};
  const timespec both[2] = {stamp, stamp};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), both, 0) == 0);
}

struct Watched {
  Scratch scratch;
  std::filesystem::path file = scratch / "x.jsonl";
  WatchedRun run;
  explicit Watched(const WatchPlan& plan = {}) : run(file, plan) {}

  void append(const std::string& text, double time) const {
    std::ofstream(file, std::ios::app | std::ios::binary) << text;
    set_time(file, time);
  }
  void metrics(const std::string& text, double time) const { set_time(scratch.write("x.metrics.json", text), time); }
  RunSnapshot look(double now) {
    while (run.refresh(now)) {
    }
    return run.snapshot(now);
  }
};

}  // namespace

TEST_CASE("record: numbers of the outermost object alone, null as NaN, what is no JSON object is none") {
  const auto record = numbers_of_line(
      R"({"step":3,"a":-1.5e-3,"t":"x","n":null,"deep":{"a":9,"list":[1,{"b":2}]},"u":18446744073709551615,"f":true})");
  REQUIRE(record);
  REQUIRE(record->size() == 4);
  CHECK((*record)[0] == std::pair<std::string, double>("step", 3));
  CHECK(number_of(*record, "a") == -1.5e-3);
  CHECK(std::isnan(number_of(*record, "n")));
  CHECK(number_of(*record, "u") == 0x1p64);
  CHECK(std::isnan(number_of(*record, "b")));
  CHECK(numbers_of_line("{}")->empty());
  for (const char* line : {"", "3", "null", "[1]", "[{\"a\":1}]", "\"a\"", "{\"a\":NaN}", "{\"a\":1e999}", "{\"a\":1}}",
                           "{\"a\":1}{\"a\":2}", "{\"a\"", "{a:1}", "\xFF", "{\"a\":\"\xFF\"}"}) {
    CAPTURE(line);
    CHECK(!numbers_of_line(line));
  }
  CHECK(!numbers_of_line(std::string(500'000, '[')));
  CHECK(!numbers_of_line(std::string(500'000, '{')));
}

TEST_CASE(
    "run: 100 steps in 2 s are 50 steps/s, of 1,000 steps the remaining 900 take 18 s, before that nothing is said") {
  Watched watched({{"loss"}, 1000});
  CHECK(watched.look(1000).state == "absent");
  watched.append("{\"step\":0,\"stage\":1,\"loss\":2}\n", 1000);
  RunSnapshot shown = watched.look(1000);
  CHECK(shown.state == "growing");
  CHECK(!shown.rate);
  CHECK(!shown.remaining);
  watched.append("{\"step\":60,\"stage\":1,\"loss\":1}\n{\"step\":100,\"stage\":2,\"loss\":0.5,\"extra\":7}\n{\"st",
                 1002);
  shown = watched.look(1003);
  CHECK(shown.step == 100);
  CHECK(shown.rate == 50);
  CHECK(shown.remaining == 18);
  CHECK(shown.silent == 1);
  CHECK(shown.watched == 3);
  CHECK(shown.stage == "2");
  CHECK(shown.records == 3);
  CHECK(shown.torn);
  CHECK(shown.last == RecordNumbers{{"loss", 0.5}, {"extra", 7}});
  CHECK(shown.curves.at(0).points == std::vector<LiveCurve::Point>{{0, 2}, {60, 1}, {100, 0.5}});
  CHECK(!watched.run.snapshot(1003).stop_reason);
}

TEST_CASE("run: silent after 10 s, or thrice the longest pause between its records, silent runs have no rate") {
  Watched watched;
  watched.append("{\"step\":1}\n", 1000);
  CHECK(watched.look(1009).state == "growing");
  CHECK(watched.look(1011).state == "silent");
  watched.append("{\"step\":2}\n", 1016);  // a pause of 16 s
  CHECK(watched.look(1016).rate == 1.0 / 16);
  CHECK(watched.look(1063).state == "growing");
  const RunSnapshot shown = watched.look(1065);
  CHECK(shown.state == "silent");
  CHECK(shown.silent == 49);
  CHECK(!shown.rate);
}

TEST_CASE("run: finished where x.metrics.json is no older than x.jsonl, with its reason, names of stages and rate") {
  Watched watched;
  const std::string metrics =
      R"({"stop_reason":"diverged","wall_time_s":4,"resumed_from_step":20,"stages":"[\"I\",\"II\"]"})";
  watched.metrics(metrics, 999);  // of an earlier run
  watched.append("{\"step\":100,\"stage\":2,\"loss\":1}\n", 1000);
  CHECK(watched.look(1001).state == "growing");
  watched.metrics(metrics, 1000);
  const RunSnapshot shown = watched.look(2000);
  CHECK(shown.state == "finished");
  CHECK(shown.stop_reason == "diverged");
  CHECK(shown.stage == "2 (II)");
  CHECK(shown.rate == 20);
  CHECK(shown.wall_time == 4);
  watched.append("{\"step\":101}\n", 2001);  // the run goes on
  CHECK(watched.look(2001).state == "growing");
  for (const char* text : {"", "{", "[]", "3", "{\"stop_reason\":3,\"stages\":\"[\",\"wall_time_s\":\"x\"}"}) {
    watched.metrics(text, 2002 + static_cast<double>(std::string(text).size()));
    CHECK(watched.look(3000).state == "finished");
    CHECK(!watched.look(3000).stop_reason);
    CHECK(!watched.look(3000).rate);
  }
}

TEST_CASE("run: garbage, lines without step and zeros are counted, a run that begins again begins a new curve") {
  Watched watched;
  watched.append(
      "{\"step\":0,\"loss\":0}\nnot JSON\n\n[1]\n{\"loss\":1}\n{\"step\":null}\n{\"step\":1,\"loss\":null}\n"
      "{\"step\":2,\"loss\":3}\n" +
          std::string(1'000'001, 'x') + "\n",
      1000);
  RunSnapshot shown = watched.look(1000);
  CHECK(shown.records == 3);
  CHECK(shown.not_json == 2);
  CHECK(shown.without_step == 2);
  CHECK(shown.too_long == 1);
  CHECK(shown.curves.at(0).not_positive == 1);
  CHECK(shown.curves.at(0).not_finite == 1);
  CHECK(shown.curves.at(0).count == 1);
  watched.append("{\"step\":0,\"loss\":5}\n", 1001);
  shown = watched.look(1001);
  CHECK(shown.records == 1);
  CHECK(shown.restarts == 1);
  CHECK(shown.curves.at(0).points == std::vector<LiveCurve::Point>{{0, 5}});
  watched.scratch.write("x.jsonl", "");
  CHECK(watched.look(1002).records == 0);
  CHECK(watched.look(1002).restarts == 2);
  CHECK(watched.look(1002).not_json == 0);
}

TEST_CASE("run: lines with a seed in place of a step, as several seeds write, stand over the seed") {
  Watched watched;
  watched.append("{\"seed\":7,\"loss\":1}\n{\"seed\":3,\"loss\":2}\n{\"loss\":2}\n", 1000);
  const RunSnapshot shown = watched.look(1000);
  CHECK(shown.axis == "seed");
  CHECK(shown.records == 3);
  CHECK(shown.curves.at(0).points == std::vector<LiveCurve::Point>{{7, 1}, {3, 2}});
  CHECK(shown.curves.at(0).not_finite == 1);
}

TEST_CASE("run: lines without step count their records, at most 64 numbers of the last are kept") {
  Watched watched;
  std::string line = "{\"epoch\":0,\"loss\":1";
  for (int i = 0; i < 1000; ++i) line += ",\"n" + std::to_string(i) + "\":1";
  watched.append("{\"epoch\":0,\"loss\":1}\n" + line + "}\n", 1000);
  const RunSnapshot shown = watched.look(1000);
  CHECK(shown.axis == "record");
  CHECK(shown.step == 1);
  CHECK(shown.last.size() == 64);
  CHECK(shown.curves.at(0).points == std::vector<LiveCurve::Point>{{0, 1}, {1, 1}});
}

TEST_CASE("folder: the newest 2 of 4, the others counted, runs side by side stay, one that is much newer comes in") {
  const Scratch scratch;
  const auto write = [&](const std::string& name, double time) {
    set_time(scratch.write(name, "{\"step\":1}\n"), time);
  };
  write("a.jsonl", 1000);
  write("b.jsonl", 1001);
  write("c.jsonl", 1002);
  write("d.txt", 1003);
  write("e.jsonl", 900);
  std::filesystem::create_directory(scratch / "f.jsonl");
  WatchedFolder watched(scratch.path(), {}, 2);
  const auto names = [&](double now) {
    watched.refresh(now);
    std::string text;
    for (const RunSnapshot& run : watched.snapshot(now).runs) text += run.file.stem().string();
    return text + std::to_string(watched.snapshot(now).not_shown);
  };
  CHECK(names(1003) == "cb2");
  write("a.jsonl", 1004);
  CHECK(names(1004) == "cb2");
  write("a.jsonl", 1100);  // more than a minute after the others; c is among the newest two, too
  CHECK(names(1100) == "ac2");
  std::filesystem::remove(scratch / "a.jsonl");
  CHECK(names(1100) == "bc1");
  std::filesystem::remove_all(scratch.path());
  CHECK(names(1100) == "0");
}

TEST_CASE("folder: what is neither a folder nor an x.jsonl in one is refused, a file that is yet to come is not") {
  const Scratch scratch;
  const auto fault = [&](const std::filesystem::path& path) { return fault_of([&] { WatchedFolder(path, {}, 2); }); };
  CHECK(fault(scratch / "x.h5").found() == (scratch / "x.h5").string());
  CHECK(fault("").found() == "\"\"");
  CHECK(fault(scratch / "no" / "x.jsonl").found() == "no such folder");
  WatchedFolder later(scratch / "x.jsonl", {}, 2);
  CHECK(!later.refresh(0));
  CHECK(later.snapshot(0).runs.at(0).state == "absent");
}

}  // namespace lemmata::scenarios
