#include "analysis/curve_file.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/file_error.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {

using Numbers = std::vector<double>;

Curve csv(const Scratch& scratch, const std::string& text, CurveLimits limits = {}) {
  return read_curve(scratch.write("c.csv", text), "step", "loss", limits);
}
Curve jsonl(const Scratch& scratch, const std::string& text, CurveLimits limits = {}) {
  return read_curve(scratch.write("c.jsonl", text), "step", "loss", limits);
}
std::string csv_refusal(const Scratch& scratch, const std::string& text, CurveLimits limits = {}) {
  return message_of<FileError>([&] { csv(scratch, text, limits); });
}
std::string jsonl_refusal(const Scratch& scratch, const std::string& text, CurveLimits limits = {}) {
  return message_of<FileError>([&] { jsonl(scratch, text, limits); });
}

}  // namespace

TEST_CASE("CSV: two columns by name, in any order, among others") {
  const Scratch scratch;
  const Curve curve = csv(scratch, "loss,name,step\n0.5,a,0\n2.5e-1,b,10\n");
  CHECK(curve.x == Numbers{0, 10});
  CHECK(curve.y == Numbers{0.5, 0.25});
}

TEST_CASE(
    "CSV as other tools write it: CRLF, a UTF-8 mark, quotes, blanks round a number, an empty line, no last newline, a "
    "plus") {
  const Scratch scratch;
  const Curve curve =
      csv(scratch, "\xEF\xBB\xBF\"step\",\"a \"\"b\"\", c\",loss\r\n\r\n\"1\",\"x,y\",\"+2\"\r\n 3 ,, 1e-320 ");
  CHECK(curve.x == Numbers{1, 3});
  CHECK(curve.y == Numbers{2, 1e-320});
}

TEST_CASE("CSV: nan, an empty cell and infinities are passed on") {
  const Scratch scratch;
  const Curve curve = csv(scratch, "step,loss\n0,nan\n1,\n2,inf\n3,-Infinity\n");
  CHECK((std::isnan(curve.y[0]) && std::isnan(curve.y[1])));
  CHECK((curve.y[2] > 0 && std::isinf(curve.y[2]) && curve.y[3] < 0 && std::isinf(curve.y[3])));
}

TEST_CASE("CSV refusals name line and column") {
  const Scratch scratch;
  CHECK(has(csv_refusal(scratch, "step,loss\n0,1\n1,abc\n"),
            "c.csv: line 3, column loss: found 'abc', allowed: a number"));
  CHECK(has(csv_refusal(scratch, "step,loss\n0,1 2\n"), "line 2, column loss: found '1 2'"));
  CHECK(has(csv_refusal(scratch, "step,loss\n0,1e999\n"), "line 2, column loss: found '1e999'"));
  CHECK(has(csv_refusal(scratch, "step,loss\n0,0x1p3\n"), "line 2, column loss"));
  CHECK(has(csv_refusal(scratch, "step,los\n0,1\n"),
            "line 1, column loss: found no such column, allowed: one of step, los"));
  CHECK(has(csv_refusal(scratch, "step,loss,loss\n0,1,2\n"), "two columns of this name"));
  CHECK(has(csv_refusal(scratch, "step,loss\n0,1,2\n"), "line 2: found 3 cells, allowed: 2"));
  CHECK(has(csv_refusal(scratch, "step,loss\n0,\"1\n"), "line 2: found a quote"));
  CHECK(has(csv_refusal(scratch, ""), "a header line"));
  CHECK(has(csv_refusal(scratch, "step,loss\n0,1\n1,1\n2,1\n", {.max_rows = 2}),
            "line 4: found more rows, allowed: at most 2"));
  CHECK(csv(scratch, "step,loss\n0,1\n1,1\n", {.max_rows = 2}).x.size() == 2);
  CHECK(has(csv_refusal(scratch, "step,loss\n0,1" + std::string(200'000, ' ') + "\n", {.max_line = 100}),
            "line 2: found a longer line"));
}

TEST_CASE("JSON lines: two keys, null is NaN, other keys ignored, a last line cut off by a crash left out") {
  const Scratch scratch;
  const Curve curve =
      jsonl(scratch, "{\"step\":0,\"loss\":0.1,\"x\":{\"y\":[1]}}\n\n{\"loss\":null,\"step\":5}\r\n{\"step\":6,\"lo");
  CHECK(curve.x == Numbers{0, 5});
  CHECK(curve.y[0] == 0.1);
  CHECK(std::isnan(curve.y[1]));
  CHECK(jsonl(scratch, "{\"step\":1,\"loss\":2}").y == Numbers{2});
}

TEST_CASE("JSON lines refusals name line and key") {
  const Scratch scratch;
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0,\"loss\":1}\n{\"step\":1,\"lo\n"), "line 2: found '{\"step\":1,\"lo'"));
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0}\n"), "line 1, column loss: found no such key"));
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0,\"loss\":\"1\"}\n"), "line 1, column loss: found '\"1\"'"));
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0,\"loss\":true}\n"), "line 1, column loss"));
  CHECK(has(jsonl_refusal(scratch, "[1,2]\n"), "line 1: found '[1,2]', allowed: one JSON object"));
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0,\"loss\":1e999}\n"), "line 1"));
  CHECK(has(jsonl_refusal(scratch, std::string(100'000, '[') + "\n"), "line 1"));
  CHECK(has(
      jsonl_refusal(scratch, "{\"loss\":0,\"step\":" + std::string(400'000, '[') + std::string(400'000, ']') + "}\n"),
      "line 1, column step: found an array"));
  CHECK(has(jsonl_refusal(scratch, std::string("{\"step\":\0 0}\n", 13)),
            "line 1: found '{\"step\":? 0}', allowed: one"));
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0,\"loss\":\"\xFF\"}\n"), "line 1"));
  CHECK(has(jsonl_refusal(scratch, "{\"step\":0,\"loss\":1}\n{\"step\":0,\"loss\":1}\n", {.max_rows = 1}),
            "line 2: found more rows"));
}

TEST_CASE("curve files that are missing, folders, or of another ending") {
  const Scratch scratch;
  CHECK(has(message_of<FileError>([&] { read_curve(scratch / "none.csv", "step", "loss"); }), "no such file"));
  CHECK(has(message_of<FileError>([&] { read_curve(scratch.path(), "step", "loss"); }), "the ending (none)"));
  CHECK(has(message_of<FileError>([&] { read_csv_curve(scratch.path(), "step", "loss"); }), "no regular file"));
  CHECK(has(message_of<FileError>([&] { read_curve(scratch.write("a.txt", ""), "step", "loss"); }), "the ending .txt"));
  CHECK(read_curve(scratch.write("A.CSV", "step,loss\n1,2\n"), "step", "loss").x == Numbers{1});
}
