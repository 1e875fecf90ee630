#include "analysis/lock_file.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "analysis/file_error.h"
#include "tests/analysis/scratch.h"

namespace lemmata::analysis {
namespace {

std::string refusal(const std::filesystem::path& path) {
  try {
    const LockFile lock(path);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("lock file: a second writer is refused with the first one's process number, and it goes with the first") {
  const Scratch folder;
  const auto path = folder / "x.lock";
  {
    const LockFile lock(path);
    CHECK(refusal(path).find("process " + std::to_string(::getpid()) + " on ") != std::string::npos);
    CHECK(std::filesystem::exists(path));  // the refused one took nothing away
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(refusal(path).empty());
}

TEST_CASE("lock file: one that a killed process left is taken over, even if its number is alive again") {
  const Scratch folder;
  const auto path = folder / "x.lock";
  const ::pid_t child = ::fork();
  if (child == 0) {
    const LockFile lock(path);
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(std::filesystem::exists(path));
  CHECK(refusal(path).empty());
  std::ofstream(path) << "1 "
                      << "anywhere\n";
  CHECK(refusal(path).empty());
}

TEST_CASE("lock file: where it cannot be made it says so") {
  const Scratch folder;
  CHECK(refusal(folder / "none/x.lock").find("No such file") != std::string::npos);
}

TEST_CASE("lock file: known by a process number and a machine, and nothing more") {
  for (const char* lock : {"12 here\n", "4194304 a.b-c\n"}) CHECK(is_lock(lock));
  for (const char* other : {"here 12\n", "12\n", "0 here\n", "-3 here\n", "12 here and more\n", "12,5 here\n"})
    CHECK_FALSE(is_lock(other));
}

}  // namespace lemmata::analysis
