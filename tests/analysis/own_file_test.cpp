#include "analysis/own_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/file_error.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {

bool is_mine(std::string_view beginning) { return begins_alike(beginning, "mine:"); }

// Of the look beforehand and of the opening: they must be the same.
std::string refusal(const std::filesystem::path& file) {
  const std::string look = message_of<FileError>([&] { require_own(file, is_mine, O_RDWR); });
  CHECK(message_of<FileError>([&] { ::close(open_own(file, O_RDWR | O_CREAT, is_mine)); }) == look);
  return look;
}

}  // namespace

TEST_CASE("own file: nothing, an empty file and what begins as ours are taken over, as they are") {
  const Scratch folder;
  CHECK(refusal(folder / "none").empty());  // made by opening it
  CHECK(content_of(folder / "none").empty());
  for (const char* text : {"", "mi", "mine:", "mine: 400 rows"}) {
    CHECK(refusal(folder.write("x", text)).empty());
    CHECK(content_of(folder / "x") == text);
  }
}

TEST_CASE("own file: what is of others, links, pipes and folders are refused by name, and stay") {
  const Scratch folder;
  CHECK(has(refusal(folder.write("lock", "yours: 12")), "lock: found a file of something else"));
  CHECK(content_of(folder / "lock") == "yours: 12");
  const auto ours = folder.write("ours", "mine:");
  std::filesystem::create_symlink(ours, folder / "link");
  CHECK(has(refusal(folder / "link"), "a symbolic link"));
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
  CHECK(has(refusal(folder / "dangling"), "a symbolic link"));
  CHECK_FALSE(std::filesystem::exists(folder / "nowhere"));
  ::mkfifo((folder / "pipe").c_str(), 0600);
  CHECK(has(refusal(folder / "pipe"), "no regular file"));
  std::filesystem::create_directory(folder / "folder");
  CHECK(has(refusal(folder / "folder"), "a directory"));
}

TEST_CASE("own file: what is only replaced need not be writable") {
  const Scratch folder;
  const auto file = folder.write("x", "mine:");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  CHECK(message_of<FileError>([&] { require_own(file, is_mine, O_RDONLY); }).empty());
  if (::geteuid() != 0) CHECK(has(message_of<FileError>([&] { require_own(file, is_mine, O_RDWR); }), "denied"));
  const auto running = std::filesystem::read_symlink("/proc/self/exe");  // which nobody may write
  const IsOurs is_program = [](std::string_view beginning) {
    return begins_alike(beginning,
                        "\x7f"
                        "ELF");
  };
  CHECK(message_of<FileError>([&] { require_own(running, is_program, O_RDONLY); }).empty());
  CHECK(has(message_of<FileError>([&] { require_own(running, is_program, O_RDWR); }), "Text file busy"));
  CHECK(has(message_of<FileError>([&] { require_own(folder.write("y", "yours"), is_mine, O_RDONLY); }), "y"));
}

TEST_CASE("own file: removing says what it could not, and nothing of what is not there") {
  const Scratch folder;
  remove_durably(folder.write("x", "text"));
  CHECK(folder.count() == 0);
  remove_durably(folder / "x");
  std::filesystem::create_directory(folder / "y");
  CHECK(has(message_of<FileError>([&] { remove_durably(folder / "y"); }), "unlink"));
  CHECK(folder_of("x") == ".");
  CHECK(folder_of("a/x") == "a");
}
