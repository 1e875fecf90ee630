#include "analysis/part_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/file_error.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {

bool is_anything(std::string_view) { return true; }

}  // namespace

TEST_CASE("a part file becomes its target in one rename, and replaces an old target only then") {
  const Scratch scratch;
  const auto target = scratch.write("x.txt", "old");
  {
    PartFile part(target, is_anything);
    scratch.write("x.txt.part", "new");
    CHECK(content_of(target) == "old");
    part.commit();
    CHECK(content_of(target) == "new");
    CHECK(scratch.count() == 1);
    CHECK_THROWS_AS(part.commit(), std::logic_error);
  }
  CHECK(content_of(target) == "new");
}

TEST_CASE("a part file that is neither committed nor discarded stays, discard removes it") {
  const Scratch scratch;
  { const PartFile part(scratch / "x", is_anything); }
  CHECK(std::filesystem::exists(scratch / "x.part"));
  CHECK_FALSE(std::filesystem::exists(scratch / "x"));
  PartFile again(scratch / "x", is_anything);
  again.discard();
  CHECK(scratch.count() == 0);
}

TEST_CASE("two writers of one target: the second is refused, also after a rename the lock moves on") {
  const Scratch scratch;
  PartFile first(scratch / "x", is_anything);
  CHECK(has(message_of<FileError>([&] { PartFile second(scratch / "x", is_anything); }), "another process"));
  first.commit();
  CHECK(message_of<FileError>([&] { PartFile second(scratch / "x", is_anything); }) == "");
}

TEST_CASE("targets that cannot be written are refused by name, and nothing is created") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "folder");
  ::mkfifo((scratch / "pipe").c_str(), 0600);
  const auto refusal = [](const std::filesystem::path& target) {
    return message_of<FileError>([&] { PartFile part(target, is_anything); });
  };
  CHECK(has(refusal(scratch / "none" / "x.h5"), "no folder " + (scratch / "none").string()));
  CHECK(has(refusal(scratch / "folder"), "a directory"));
  CHECK(has(refusal(scratch / "pipe"), "no regular file"));
  CHECK(has(refusal(scratch.path() / ""), "no file name"));
  CHECK(has(refusal("/proc/x.h5"), "/proc"));   // not even root can write there
  if (::geteuid() != 0) {                        // root may write everywhere
    std::filesystem::permissions(scratch / "folder",
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    CHECK(has(refusal(scratch / "folder" / "x.h5"), "Permission denied"));
    std::filesystem::permissions(scratch / "folder", std::filesystem::perms::owner_all);
  }
  CHECK(scratch.count() == 2);
  CHECK(std::filesystem::is_empty(scratch / "folder"));
}

TEST_CASE("write_text_atomically writes the whole text, and a long one") {
  const Scratch scratch;
  write_text_atomically(scratch / "x", is_json, "{}");
  const std::string text = "{" + std::string(3'000'000, 'a');
  write_text_atomically(scratch / "x", is_json, text);
  CHECK(content_of(scratch / "x") == text);
  CHECK(scratch.count() == 1);
}

TEST_CASE("a part file is taken over from a crash if it is of its kind, and not from another program") {
  const Scratch scratch;
  for (const char* left : {"{\n  \"a\"", "{", ""}) {
    scratch.write("x.part", left);
    CHECK(message_of<FileError>([&] { require_writable_target(scratch / "x", is_json); }).empty());
    write_text_atomically(scratch / "x", is_json, "{}");
    CHECK(content_of(scratch / "x") == "{}");
  }
  for (const char* left : {"half of a download", "# another kind"}) {
    scratch.write("x.part", left);
    const std::string look = message_of<FileError>([&] { require_writable_target(scratch / "x", is_json); });
    CHECK(has(look, "x.part: found a file of something else"));
    CHECK(message_of<FileError>([&] { write_text_atomically(scratch / "x", is_json, "{1}"); }) == look);
    CHECK(content_of(scratch / "x.part") == left);
    CHECK(content_of(scratch / "x") == "{}");
  }
}
