#include "scenarios/configuration/json_text.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"
#include "tests/analysis/scratch.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {

TEST_CASE("a key given twice is refused by name, at any depth, but may stand in two objects") {
  CHECK(fault_of([] { parse_json(R"({"a": {"b": 1, "b": 2}})", "f.json"); }).key() == "b");
  CHECK(fault_of([] { parse_json(R"([{"a": 1}, {"c": {}, "a": 1, "a": 1}])", "f.json"); }).source() == "f.json");
  CHECK(parse_json(R"({"a": {"b": 1}, "b": {"b": 2}})", "f.json")["b"]["b"] == 2);
}

TEST_CASE("what is no JSON is refused with its line and column, NaN, infinities and 1e999 are no JSON") {
  CHECK(fault_of([] { parse_json("{\n \"a\": }", "f.json"); }).found().find("line 2, column") != std::string::npos);
  for (const char* text : {"NaN", "Infinity", "-inf", "1e999", "[1e999]", "{'a': 1}", "", "1 2", "{\"a\": 1,}"}) {
    CAPTURE(text);
    CHECK(fault_of([&] { parse_json(text, "f.json"); }).allowed() == "one JSON value");
  }
}

TEST_CASE("U+0000, which would cut paths and messages short, is refused in keys and in texts") {
  for (const char* text : {R"({"a\u0000b": 1})", R"(["\u0000"])", R"({"a": "b\u0000"})"}) {
    CAPTURE(text);
    CHECK(fault_of([&] { parse_json(text, "f.json"); }).allowed() == "texts without the character U+0000");
  }
  CHECK(parse_json(R"(["\u0001"])", "f.json")[0] == "\x01");
}

TEST_CASE("64 levels are read, 65 are refused, and so is a million") {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK_NOTHROW(parse_json(nested(64), "f.json"));
  CHECK(fault_of([&] { parse_json(nested(66), "f.json"); }).allowed() == "at most 64 levels");
  CHECK(fault_of([&] { parse_json(nested(1000000), "f.json"); }).allowed() == "at most 64 levels");
}

TEST_CASE("the VALUE of --set is one JSON value, else a text") {
  CHECK(value_of_text("0.25", "--set").is_number_float());
  CHECK(value_of_text("3", "--set").is_number_integer());
  CHECK(value_of_text("[0.5, 2]", "--set").size() == 2);
  CHECK(value_of_text("\"3\"", "--set") == "3");
  CHECK(value_of_text("true", "--set") == true);
  for (const char* text : {"softmax", "NaN", "1,2", "a=b", "", "{", "01"}) CHECK(value_of_text(text, "--set") == text);
  CHECK(fault_of([] { value_of_text(R"({"a": 1, "a": 2})", "--set x"); }).found().find("twice") != std::string::npos);
  CHECK(fault_of([] { value_of_text("1e999", "--set x"); }).allowed() == "finite numbers");
  CHECK(fault_of([] { value_of_text("\xff", "--set x"); }).allowed() == "UTF-8");
}

TEST_CASE("a missing file, a folder and a file of more than 1 MiB are refused") {
  const Scratch scratch;
  const std::filesystem::path folder = scratch.path();
  CHECK(fault_of([&] { read_json_file(folder / "none.json"); }).found() == "no such file");
  CHECK(fault_of([&] { read_json_file(folder); }).found() == "no regular file");
  std::ofstream(folder / "large.json") << '"' << std::string(1 << 20, 'a') << '"';
  CHECK(fault_of([&] { read_json_file(folder / "large.json"); }).found() == "more than 1 MiB");
  std::ofstream(folder / "just.json") << '"' << std::string((1 << 20) - 2, 'a') << '"';
  CHECK(read_json_file(folder / "just.json").get<std::string>().size() == (1 << 20) - 2);
}

TEST_CASE("a value is shown on one line, cut after 100 characters and never inside one of them") {
  CHECK(shown(Json{{"a", 1}}) == R"({"a":1})");
  const std::string long_text = shown(std::string(98, 'x') + "\u00e9\u00e9\u00e9");
  CHECK(long_text == "\"" + std::string(98, 'x') + "...");
}

}  // namespace lemmata::scenarios
