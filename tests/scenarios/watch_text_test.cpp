#include "scenarios/watch/watch_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {
namespace {

RunSnapshot falling(const std::string& name) {
  RunSnapshot run;
  run.file = name;
  run.state = "growing";
  run.stage = "1";
  run.records = 4;
  run.step = 3;
  run.rate = 2;
  run.watched = 12;
  run.last = {{"loss", 0.001}, {"error", 0}};
  run.curves = {{"loss", {{0, 1}, {1, 0.1}, {2, 0.01}, {3, 0.001}}, 4, 0, 0}, {"prediction_loss", {}, 0, 0, 0}};
  return run;
}

/// Characters of the widest line, and the number of lines.
std::pair<long, long> size_of(const std::string& text) {
  std::istringstream stream(text);
  long widest = 0, lines = 0;
  for (std::string line; std::getline(stream, line); ++lines)
    widest = std::max(
        widest, static_cast<long>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; })));
  return {widest, lines};
}

}  // namespace

TEST_CASE("view: one curve of slope -1 per step, 12 characters wide: the diagonal, its ends labelled") {
  // 4 dots for 4 steps, 31 / 3 dots down each: of the first the upper half stands in the left column, y = 0 to 4.
  const std::string text = watch_text({"x.jsonl", false, {falling("x.jsonl")}, 0, 0}, {12, 0});
  CHECK(has(text, "1.0e+00 \u2502\u2847"));
  CHECK(has(text, "1.0e-03 \u2502"));
  CHECK(has(text, "        loss"));
  CHECK(size_of(text).first <= 12);
}

TEST_CASE("view: the ends of several seeds are points over the seed, from the least to the largest") {
  RunSnapshot run = falling("x.jsonl");
  run.axis = "seed";
  run.curves[0].points = {{7, 1}, {2, 0.001}, {5, 0.1}};  // in the order in which they ended
  const std::string text = watch_text({"x.jsonl", false, {run}, 0, 0}, {60, 0});
  CHECK(has(text, "        loss at the end, by seed, log axis\n"));
  CHECK(has(text, "4 seeds  2 seeds/s"));
  CHECK(has(text, "        seed 2 "));
  CHECK(has(text, " 7\n"));
  long drawn = 0;  // U+2801 to U+28FF: a character with a dot
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    drawn += text[i] == '\xE2' && (text[i + 1] & 0xFC) == 0xA0 && text.substr(i + 1, 2) != "\xA0\x80" ? 1 : 0;
  CHECK(drawn == 3);
}

TEST_CASE("view: state, stage, step, rate, times, last numbers and what is not there, in words") {
  RunSnapshot run = falling("x.jsonl");
  run.remaining = 200;
  run.curves[0].not_positive = 3;
  run.not_json = 2;
  run.torn = true;
  const auto shown = [&] { return watch_text({"x.jsonl", false, {run}, 0, 0}, {200, 0}); };
  CHECK(shown().starts_with(
      "x.jsonl  growing  stage 1  step 3  2 steps/s  3 min 20 s left  watched for 12 s\n        loss, log axis\n"));
  CHECK(has(shown(), "\nloss 0.001  error 0\n"));
  CHECK(has(shown(),
            "\nloss: 3 zero or negative not drawn;  no prediction_loss in the lines;  lines passed over: 2 no "
            "JSON object;  last line not ended\n"));
  run.state = "silent";
  run.silent = 75;
  CHECK(has(shown(), "silent for 1 min 15 s"));
  run.state = "finished";
  run.stop_reason = "completed";
  run.wall_time = 3.25;
  CHECK(has(shown(), "finished: completed"));
  CHECK(has(shown(), "took 3.2 s"));
  run = {};
  run.file = "y.jsonl";
  run.state = "absent";
  CHECK(shown() == "y.jsonl  waiting for this file\n");
}

TEST_CASE("view: of every size no line is wider and there are no more lines, runs that do not fit are counted") {
  WatchSnapshot snapshot{"runs", true, {}, 5, 0};
  for (int i = 0; i < 8; ++i) {
    snapshot.runs.push_back(falling("run_" + std::to_string(i) + ".jsonl"));
    snapshot.runs.back().curves[1] = {"prediction_loss", {{0, 1}}, 1, 2, 0};
  }
  for (const int width : {1, 10, 47, 79, 96, 200}) {
    for (const int height : {1, 2, 10, 23, 60, 200}) {
      CAPTURE(width);
      CAPTURE(height);
      const auto [widest, lines] = size_of(watch_text(snapshot, {width, height}));
      CHECK(widest <= width);
      CHECK(lines <= height);
      CHECK(lines >= std::min(height, 8));
    }
  }
  const std::string text = watch_text(snapshot, {79, 30});
  CHECK(text.starts_with("runs: 2 of 13 runs, the newest\n"));
  CHECK(has(text, "run_1.jsonl"));
  CHECK(!has(text, "run_2.jsonl"));
}

TEST_CASE("view: what a file holds cannot steer the terminal") {
  RunSnapshot run = falling("\x1b[2Jx.jsonl");
  run.last = {{"a\x1b]0;title\x07\n\r\xC2\x9B", 1}};
  run.curves[0].metric = "\x1b[31m";
  run.stage = "1 (\x1b[0m)";
  run.state = "finished";
  run.stop_reason = "\x1b[1A";
  const std::string text = watch_text({"x.jsonl", false, {run}, 0, 0}, {200, 0});
  CHECK(std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == '\x7F'; }));
  CHECK(has(text, "?[2Jx.jsonl"));
  CHECK(has(text, "a?]0;title????? 1"));
}

}  // namespace lemmata::scenarios
