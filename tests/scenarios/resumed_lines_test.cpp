#include "scenarios/study/resumed_lines.h"

#include <doctest/doctest.h>

#include <fstream>

#include "scenarios/configuration/input_error.h"
#include "tests/scenarios/scratch_folder.h"

using namespace lemmata::scenarios;

namespace {

const std::string one = R"({"run":1})", two = R"({"run":2,"at":"end"})";

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a file that is not there, or holds only a begun first line, is begun with the header") {
  Folder folder;
  const std::filesystem::path file = folder.path / "x";
  CHECK(resumed_lines(file, "{\"a\":1}", "map").empty());
  CHECK(content(file) == "{\"a\":1}\n");
  std::ofstream(file) << "{\"a\"";
  CHECK(resumed_lines(file, "{\"a\":1}", "map").empty());
  CHECK(content(file) == "{\"a\":1}\n");
}

TEST_CASE("whole lines are kept, a last one without its end is dropped from the file, taking up twice adds no header") {
  Folder folder;
  const std::filesystem::path file = folder.path / "x";
  const std::string text = "{\"a\":1}\n" + sealed_line(one) + "\n" + sealed_line(two) + "\n";
  std::ofstream(file) << text << sealed_line(one).substr(0, 9);
  for (int i = 0; i < 2; ++i) {
    CHECK(resumed_lines(file, "{\"a\":1}", "map") == std::vector<std::string>{one, two});
    CHECK(content(file) == text);
  }
  CHECK(line_source("x", 1) == "x line 3");
}

TEST_CASE("a line is a JSON object with the SHA-256 that sha256sum gives, and no byte of it may change") {
  const std::string line = sealed_line(one);
  CHECK(line == "{\"run\":1,\"sha256\":\"1e5cd4c674c30be1aa36674f4e1f6256211744826a848d9c69f5a60206e5c252\"}");
  Folder folder;
  const std::filesystem::path file = folder.path / "x";
  for (std::size_t at = 0; at < line.size(); ++at) {
    std::string damaged = line;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    const std::string text = "{\"a\":1}\n" + sealed_line(two) + "\n" + damaged + "\n";
    std::ofstream(file) << text;
    const std::string message = message_of<InputError>([&] { resumed_lines(file, "{\"a\":1}", "map"); });
    CHECK(message.find("x line 3: found a damaged line") != std::string::npos);
    CHECK(content(file) == text);
  }
}

TEST_CASE("another first line is refused with what it says, and the file stays as it was") {
  Folder folder;
  const std::filesystem::path file = folder.path / "x";
  const std::string text = "{\"a\":2}\n" + sealed_line(one) + "\n";
  std::ofstream(file) << text;
  const std::string message = message_of<InputError>([&] { resumed_lines(file, "{\"a\":1}", "boundary"); });
  CHECK(message.find("{\"a\":2}") != std::string::npos);
  CHECK(message.find("this boundary and this build") != std::string::npos);
  CHECK(content(file) == text);
}
