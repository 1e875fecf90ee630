#include "scenarios/watch/line_follower.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {
namespace {

using Lines = std::vector<std::string>;

/// A follower of a file in a scratch folder, and what it saw.
struct Followed {
  Scratch scratch;
  std::filesystem::path file = scratch / "x.jsonl";
  LineFollower follower;
  Lines lines;
  int restarts = 0;
  explicit Followed(FollowLimits limits = {}) : follower(file, limits) {}

  void append(const std::string& text) const { std::ofstream(file, std::ios::app | std::ios::binary) << text; }
  void write(const std::string& text) const { scratch.write("x.jsonl", text); }
  LineFollower::Reading read() {
    return follower.read([this](std::string_view line) { lines.emplace_back(line); },
                         [this] {
                           lines.clear();
                           ++restarts;
                         });
  }
};

}  // namespace

TEST_CASE("follower: a file that comes later is read from then on, each line once, and goes away without a fault") {
  Followed followed;
  CHECK(!followed.read().present);
  followed.append("a\nb\r\n\n");
  const LineFollower::Reading first = followed.read();
  CHECK(first.present);
  CHECK(first.grown);
  CHECK(followed.lines == Lines{"a", "b", ""});
  CHECK(!followed.read().grown);
  followed.append("c\n");
  followed.read();
  CHECK(followed.lines == Lines{"a", "b", "", "c"});
  std::filesystem::remove(followed.file);
  CHECK(!followed.read().present);
  CHECK(followed.restarts == 0);
  std::filesystem::create_directory(followed.file);
  CHECK(!followed.read().present);
}

TEST_CASE("follower: a torn line is a line only when its newline has come, cut at any byte") {
  const std::string text = "{\"step\":1}\n{\"step\":2}\n";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    CAPTURE(cut);
    Followed followed;
    followed.append(text.substr(0, cut));
    followed.read();
    CHECK(followed.lines.size() == (cut > 10 ? 1 : 0));
    CHECK((followed.follower.torn() > 0) == (cut != 11));
    followed.append(text.substr(cut));
    followed.read();
    CHECK(followed.lines == Lines{"{\"step\":1}", "{\"step\":2}"});
    CHECK(followed.follower.torn() == 0);
  }
}

TEST_CASE("follower: cut short, replaced by a rename, or written anew beyond the offset: read from the start") {
  Followed followed;
  followed.write("one\ntwo\n");
  followed.read();
  followed.write("1\n");  // shorter
  CHECK(followed.read().restarted);
  CHECK(followed.lines == Lines{"1"});
  followed.write("");  // cut to nothing
  CHECK(followed.read().restarted);
  CHECK(followed.lines.empty());
  followed.write("one\ntwo\n");
  CHECK(!followed.read().restarted);
  followed.write("one\nTWO\nthree\n");  // longer, other bytes just before the offset
  CHECK(followed.read().restarted);
  CHECK(followed.lines == Lines{"one", "TWO", "three"});
  followed.write("One\nTWO\nthree\nfour\n");  // other bytes at the head alone
  CHECK(followed.read().restarted);
  CHECK(followed.lines == Lines{"One", "TWO", "three", "four"});
  followed.scratch.write("y", "One\nTWO\nthree\nfour\n");  // the same bytes, another file
  std::filesystem::rename(followed.scratch / "y", followed.file);
  CHECK(followed.read().restarted);
  CHECK(followed.lines == Lines{"One", "TWO", "three", "four"});
  CHECK(followed.restarts == 5);
}

TEST_CASE(
    "follower: written anew and grown past the offset, another file by its first 256 bytes or the last 64 alone") {
  const std::string filling = std::string(400, '-') + "\n";
  for (const auto& [first, second] :
       {std::pair("a\n" + filling, "b\n" + filling), {filling + "a\n", filling + "b\n"}}) {
    Followed followed;
    followed.write(first);
    followed.read();
    followed.append("more\n");
    CHECK(!followed.read().restarted);
    followed.write(second + "more\n" + "and more\n");
    CHECK(followed.read().restarted);
    CHECK(followed.lines.size() == 4);
  }
}

TEST_CASE("follower: a torn line of a file that was cut short is not joined to what comes after") {
  Followed followed;
  followed.write("one\nto");
  followed.read();
  followed.write("x\n");
  followed.read();
  CHECK(followed.lines == Lines{"x"});
}

TEST_CASE("follower: a line longer than the limit of 8 bytes is passed over and counted, its neighbours are not") {
  Followed followed({8, 1'000'000});
  followed.append("12345678\n123456789\nshort\n");
  followed.read();
  CHECK(followed.lines == Lines{"12345678", "short"});
  CHECK(followed.follower.too_long() == 1);
  followed.append("1234567");  // it grows too long in pieces
  followed.read();
  followed.append("89");
  followed.read();
  CHECK(followed.follower.torn() > 0);
  followed.append(std::string(200'000, 'x'));
  followed.read();
  followed.append("\nend\n");
  followed.read();
  CHECK(followed.lines == Lines{"12345678", "short", "end"});
  CHECK(followed.follower.too_long() == 2);
}

TEST_CASE(
    "follower: lines across blocks of 64 KiB and across limited calls stay whole, zeros and garbage pass through") {
  Followed followed({1'000'000, 100'000});
  Lines expected;
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i), '\0') + "\xFF");
    text += expected.back() + "\n";
  }
  followed.append(text);
  int calls = 1;
  while (followed.read().more) ++calls;
  CHECK(calls == static_cast<int>((text.size() + 99'999) / 100'000));
  CHECK(followed.lines == expected);
}

}  // namespace lemmata::scenarios
