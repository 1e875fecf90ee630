#include "scenarios/study/resumed_lines.h"

#include <doctest/doctest.h>

#include <fstream>

#include "scenarios/configuration/input_error.h"
#include "tests/scenarios/scratch_folder.h"

using namespace lemmata::scenarios;

namespace {

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
  std::ofstream(file) << "{\"a\":1}\none\ntwo\nthr";
  for (int i = 0; i < 2; ++i) {
    CHECK(resumed_lines(file, "{\"a\":1}", "map") == std::vector<std::string>{"one", "two"});
    CHECK(content(file) == "{\"a\":1}\none\ntwo\n");
  }
  CHECK(line_source("x", 1) == "x line 3");
}

TEST_CASE("another first line is refused with what it says, and the file stays as it was") {
  Folder folder;
  const std::filesystem::path file = folder.path / "x";
  const std::string text = "{\"a\":2}\none\n";
  std::ofstream(file) << text;
  std::string message;
  try {
    resumed_lines(file, "{\"a\":1}", "boundary");
  } catch (const InputError& error) {
    message = error.what();
  }
  CHECK(message.find("{\"a\":2}") != std::string::npos);
  CHECK(message.find("this boundary and this build") != std::string::npos);
  CHECK(content(file) == text);
}
