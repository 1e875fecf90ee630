#include "analysis/line_file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "analysis/file_error.h"
#include "tests/analysis/scratch.h"

using namespace lemmata;

TEST_CASE("a line file starts anew, shows every line at once and keeps lines of several threads whole") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "x.jsonl";
  const auto content = [&] {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  { std::ofstream(path) << "{\"step\":0}\n"; }
  analysis::LineFile file(path);
  CHECK(content().empty());
  file.append("first");
  CHECK(content() == "first\n");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) file.append("0123456789");
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  long whole = 0;
  while (std::getline(in, line)) whole += line == "0123456789";
  CHECK(whole == 200);
}

TEST_CASE("a line file starts anew where a live curve was, and nothing else is lost") {
  const Scratch scratch;
  for (const char* text : {"{\"st", "{\"seed\":3}\n"})
    CHECK(message_of<analysis::FileError>([&] { analysis::LineFile file(scratch.write("x.jsonl", text)); }) == "");
  const std::string data = "{\"text\": \"a set of data\"}\n";
  CHECK(has(message_of<analysis::FileError>([&] { analysis::LineFile file(scratch.write("x.jsonl", data)); }),
            "a file of something else"));
  CHECK(content_of(scratch / "x.jsonl") == data);
  analysis::LineFile(scratch / "x.jsonl", analysis::LineFile::Mode::append).append("{}");
  CHECK(content_of(scratch / "x.jsonl") == data + "{}\n");
}

TEST_CASE("a line that the disk refuses is not there, nor is any after it, even when there is room again") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "x.jsonl";
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    analysis::LineFile file(path, analysis::LineFile::Mode::append);
    file.append("{\"a\":1}");
    const rlimit limit{12, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const std::string refusal = message_of<analysis::FileError>([&] { file.append("{\"a\":2}"); });
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(has(refusal, "x.jsonl: found File too large"));
    CHECK(message_of<analysis::FileError>([&] { file.append("{\"a\":3}"); }) == refusal);
  }
  std::signal(SIGXFSZ, handler);
  CHECK(content_of(path) == "{\"a\":1}\n");
  analysis::LineFile(path, analysis::LineFile::Mode::append).append("{\"a\":2}");
  CHECK(content_of(path) == "{\"a\":1}\n{\"a\":2}\n");
}

TEST_CASE("a line file in a folder that does not exist is refused") {
  CHECK_THROWS_AS(analysis::LineFile("/nonexistent/folder/x.jsonl"), analysis::FileError);
}
