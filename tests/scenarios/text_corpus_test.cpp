#include "scenarios/corpus/text_corpus.h"

#include <doctest/doctest.h>

#include "analysis/file_error.h"
#include "sim/error.h"
#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::filesystem::path& file) {
  Words words;
  Tokenizer tokenizer(file, TokenKind::word);
  for (std::string word; tokenizer.next(word);) words.push_back(word);
  return words;
}

/// What is refused in this text; "" if nothing is.
std::string fault_in(const Scratch& folder, const std::string& text) {
  const std::filesystem::path file = folder.write("text", text);
  try {
    Utf8Reader reader(file);
    for (Character character; reader.next(character);) {
    }
  } catch (const analysis::FileError& error) {
    return error.object();
  }
  return "";
}

TextConfig config_of(const std::filesystem::path& file, long vocabulary, long length,
                     const std::string& tokens = "word") {
  return {file, tokens, vocabulary, length};
}

}  // namespace

TEST_CASE("text: words, marks, spaces beyond ASCII and a byte order mark: \"Don't, ÄB_1!\" is 6 tokens") {
  const Scratch folder;
  CHECK(words_of(folder.write("a",
                              "\xEF\xBB\xBF"
                              "Don't,\xC2\xA0\xC3\x84"
                              "B_1!\r\n")) == Words{"don", "'", "t", ",",
                                                    "\xC3\x84"
                                                    "b_1",
                                                    "!"});
  CHECK(words_of(folder.write("a", "\xE4\xB8\xAD\xE6\x96\x87\xE3\x80\x80\xF0\x9F\x98\x80")) ==
        Words{"\xE4\xB8\xAD\xE6\x96\x87", "\xF0\x9F\x98\x80"});
  CHECK(words_of(folder.write("a", "")).empty());
  CHECK(words_of(folder.write("a", " \n\t\xE2\x80\xA8")).empty());
  CHECK(words_of(folder.write("a", std::string(256, 'a') + " " + std::string(257, 'B') + "-c")) ==
        Words{std::string(256, 'a'), "", "-", "c"});
}

TEST_CASE(
    "text: every space beyond ASCII parts two words, the first and last of a range too, their neighbours do not") {
  const Scratch folder;
  // U+0085, 00A0, 1680, 2000, 200A, 2028, 2029, 202F, 205F, 3000, FEFF
  for (const char* space : {"\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x8A", "\xE2\x80\xA8",
                            "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"}) {
    CAPTURE(space);
    CHECK(words_of(folder.write("a", "x" + std::string(space) + "y")) == Words{"x", "y"});
  }
  // U+1FFF, 200B (of no width, and not White_Space), 2027, 202A, 3001
  for (const char* other : {"\xE1\xBF\xBF", "\xE2\x80\x8B", "\xE2\x80\xA7", "\xE2\x80\xAA", "\xE3\x80\x81"}) {
    CAPTURE(other);
    const std::string word = "x" + std::string(other) + "y";
    CHECK(words_of(folder.write("a", word)) == Words{word});
  }
}

TEST_CASE("text: the ends of every range of UTF-8 are read, what lies outside is refused at its byte") {
  const Scratch folder;
  std::string all;
  for (const char* text : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(fault_in(folder, text) == "");
    all += text;
  }
  CHECK(fault_in(folder, all) == "");
  CHECK(fault_in(folder, "ab\x80") == "byte 2");            // a continuation that continues nothing
  CHECK(fault_in(folder, "\xC1\xBF") == "byte 0");          // overlong
  CHECK(fault_in(folder, "\xE0\x9F\xBF") == "byte 1");      // overlong
  CHECK(fault_in(folder, "\xF0\x8F\xBF\xBF") == "byte 1");  // overlong
  CHECK(fault_in(folder, "x\xED\xA0\x80") == "byte 2");     // a surrogate
  CHECK(fault_in(folder, "\xF4\x90\x80\x80") == "byte 1");  // beyond U+10FFFF
  CHECK(fault_in(folder, "\xF5\x80\x80\x80") == "byte 0");
  CHECK(fault_in(folder, "\xE4\xB8") == "byte 2");  // the end within a character
  CHECK(fault_in(folder,
                 "\xE4\xB8"
                 "a") == "byte 2");
  CHECK(fault_in(folder, "caf\xE9 au lait") == "byte 4");  // Latin-1
}

TEST_CASE("text: a character that lies across two blocks of 64 KiB, and code points as they are") {
  const Scratch folder;
  for (const std::size_t before : {65533u, 65534u, 65535u, 65536u}) {
    const std::filesystem::path file = folder.write("a", std::string(before, 'a') + "\xF0\x9F\x98\x80" + "b");
    Utf8Reader reader(file);
    Character character;
    for (std::size_t i = 0; i < before; ++i) reader.next(character);
    CHECK(reader.next(character));
    CHECK(character.code_point == 0x1F600);
    CHECK(character.offset == before);
    CHECK(reader.next(character));
    CHECK(character.code_point == 'b');
    CHECK(!reader.next(character));
    CHECK(reader.offset() == before + 5);
    CHECK(fault_in(folder, std::string(before, 'a') + "\xF0\x9F\x98z") == "byte " + std::to_string(before + 3));
  }
}

TEST_CASE(
    "text: \"b a b c a b\" in a vocabulary of 3: b is 1, a is 2, c is unknown, equals in the order of their bytes") {
  const Scratch folder;
  const TextCorpus text(config_of(folder.write("a", "b a B c A b"), 3, 4));
  CHECK(text.vocabulary() == 3);
  CHECK(text.token(1) == "b");
  CHECK(text.token(2) == "a");
  CHECK(text.counts() == std::vector<std::uint64_t>{1, 3, 2});
  CHECK(text.unknown_share() == 1.0 / 6);
  CHECK(text.length() == 6);
  TextPosition position;
  const sim::Corpus corpus = text.next(3, position);  // 12 tokens: the text twice
  check(corpus);
  CHECK(corpus.tokens == std::vector<std::int32_t>{1, 2, 1, 0, 2, 1, 1, 2, 1, 0, 2, 1});
  CHECK(position.epoch == 1);
  const TextCorpus ties(config_of(folder.write("a", "z y x w z y x w v"), 4, 2));
  CHECK(Words{ties.token(1), ties.token(2), ties.token(3)} == Words{"w", "x", "y"});
  CHECK(TextCorpus(config_of(folder.write("a", "z y x"), 100, 2)).vocabulary() == 4);  // no more than there are
}

TEST_CASE("text: read on from a position, sequence by sequence, it is what is read at once, words and bytes") {
  const Scratch folder;
  std::string content;
  for (int i = 0; i < 30'000; ++i)
    content += (i % 7 == 3 ? "\xC3\xA9t\xC3\xA9, " : "Word") + std::to_string(i % 50) + "\n";
  const std::filesystem::path file = folder.write("a", content);
  for (const char* tokens : {"word", "byte"}) {
    const TextCorpus text(config_of(file, 40, 17, tokens));
    TextPosition at_once, in_portions;
    const sim::Corpus whole = text.next(9000, at_once);
    std::vector<std::int32_t> portions;
    for (long i = 0; i < 9000; i += 250) {
      const sim::Corpus some = text.next(250, in_portions);
      portions.insert(portions.end(), some.tokens.begin(), some.tokens.end());
    }
    CHECK(portions == whole.tokens);
    CHECK(at_once.offset == in_portions.offset);
    CHECK(at_once.epoch == in_portions.epoch);
    CHECK(at_once.epoch == static_cast<long>(9000 * 17 / text.length()));
  }
}

TEST_CASE("text: bytes: \"aab\\xC3\\xA4\" has 5, bad UTF-8 is refused for bytes too") {
  const Scratch folder;
  const TextCorpus text(config_of(folder.write("a", "aab\xC3\xA4"), 300, 5, "byte"));
  CHECK(text.vocabulary() == 5);
  CHECK(text.token(1) == "a");
  CHECK(text.token(2) == "b");
  CHECK(text.token(4) == "\xC3");  // 0xA4 before 0xC3
  TextPosition position;
  CHECK(text.next(1, position).tokens == std::vector<std::int32_t>{1, 1, 2, 4, 3});
  const std::filesystem::path bad = folder.write("bad", "aa\xFF");
  CHECK_THROWS_AS(TextCorpus(config_of(bad, 300, 1, "byte")), analysis::FileError);
  CHECK_THROWS_AS(TextCorpus(config_of(bad, 300, 1, "word")), analysis::FileError);
}

TEST_CASE("text: too short, missing, a folder, changed since, and bad settings are refused") {
  const Scratch folder;
  const std::filesystem::path file = folder.write("a", "one two three");
  CHECK_THROWS_AS(TextCorpus(config_of(file, 10, 4)), analysis::FileError);
  CHECK_THROWS_AS(TextCorpus(config_of(folder / "none", 10, 4)), analysis::FileError);
  CHECK_THROWS_AS(TextCorpus(config_of(folder.path(), 10, 4)), analysis::FileError);
  CHECK_THROWS_AS(TextCorpus(config_of(file, 1, 2)), sim::ConfigError);
  CHECK_THROWS_AS(TextCorpus(config_of(file, 65'537, 2)), sim::ConfigError);
  CHECK_THROWS_AS(TextCorpus(config_of(file, 10, 0)), sim::ConfigError);
  CHECK_THROWS_AS(TextCorpus(config_of(file, 10, 2, "letter")), sim::ConfigError);
  const TextCorpus text(config_of(file, 10, 3));
  folder.write("a", "one two three four");
  TextPosition position;
  CHECK_THROWS_AS(text.next(1, position), analysis::FileError);
  folder.write("a", std::string(13, ' '));
  CHECK_THROWS_AS(text.next(1, position), analysis::FileError);
}

TEST_CASE("text: more than 2^20 different words are refused, at their byte") {
  const Scratch folder;
  std::string content;
  for (int i = 0; i <= 1 << 20; ++i) content += std::to_string(i) + "\n";
  const std::filesystem::path file = folder.write("a", content);
  CHECK_THROWS_AS(TextCorpus(config_of(file, 10, 2)), analysis::FileError);
  CHECK(TextCorpus(config_of(file, 10, 2, "byte")).vocabulary() == 10);
}

}  // namespace lemmata::scenarios
