#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scenarios/cli/command.h"
#include "scenarios/cli/output.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

Command example() {
  return {"example", "does nothing",
          "FILE",    1,
          2,         {{"set", "PATH=VALUE", "", true}, {"out", "FILE", ""}, {"quiet", "", ""}},
          "",        "lemmata example x",
          nullptr};
}

InputError fault_with(const std::vector<std::string>& words) {
  return fault_of([&] { parse_arguments(example(), words); });
}

}  // namespace

TEST_CASE("options may follow arguments or precede them, with = or a space, repeated ones keep their order") {
  const Arguments arguments =
      parse_arguments(example(), {"--set", "a=1", "x", "--out=y", "--set=b=c=d", "--quiet", "z"});
  CHECK(arguments.positionals() == std::vector<std::string>{"x", "z"});
  CHECK(arguments.texts("set") == std::vector<std::string>{"a=1", "b=c=d"});
  CHECK(arguments.text("out") == "y");
  CHECK(arguments.has("quiet"));
  CHECK(!parse_arguments(example(), {"x"}).has("quiet"));
  CHECK(parse_arguments(example(), {"x", "--out", "-"}).text("out") == "-");
}

TEST_CASE("unknown and shortened options, missing and superfluous values and arguments are refused") {
  CHECK(fault_with({"x", "--no-such"}).found().find("--no-such") != std::string::npos);
  CHECK(fault_with({"x", "--qui"}).found().find("--qui") != std::string::npos);
  CHECK(fault_with({"x", "-q"}).found().find("-q") != std::string::npos);
  CHECK(fault_with({"x", "--out"}).allowed().find("--out FILE") != std::string::npos);
  CHECK(fault_with({"x", "--quiet=yes"}).source() == "example");
  CHECK(fault_with({"x", "--out", "a", "--out", "b"}).found() == "--out a second time");
  CHECK(fault_with({}).allowed() == "FILE");
  CHECK(fault_with({"a", "b", "c"}).found() == "the argument c");
}

TEST_CASE("a value in brackets may be left out: only a whole number after the option is taken for it") {
  Command command = example();
  command.options.push_back({"serve", "[PORT]", ""});
  const auto port = [&](const std::vector<std::string>& words) {
    return parse_arguments(command, words).text("serve");
  };
  CHECK(!port({"x"}));
  CHECK(port({"x", "--serve"}) == "");
  CHECK(port({"--serve", "x"}) == "");
  CHECK(parse_arguments(command, {"--serve", "x"}).positionals() == std::vector<std::string>{"x"});
  CHECK(port({"x", "--serve", "8080"}) == "8080");
  CHECK(port({"x", "--serve=8080", "--quiet"}) == "8080");
  CHECK(port({"--serve", "--quiet", "x"}) == "");
  CHECK(parse_arguments(command, {"--quiet", "8080"}).positionals() == std::vector<std::string>{"8080"});
}

TEST_CASE("numbers are read whole, within limits, and never NaN") {
  const auto integer = [](const std::string& text) { return Arguments({}, {{"n", text}}).integer("n", 1, 10); };
  CHECK(integer("10") == 10);
  for (const char* text : {"0", "11", "1.0", "", "1x", "99999999999999999999", " 1"})
    CHECK(fault_of([&] { integer(text); }).key() == "--n");
  const auto number = [](const std::string& text) { return Arguments({}, {{"n", text}}).number("n", 0, 1); };
  CHECK(number("2.5e-1") == 0.25);
  for (const char* text : {"nan", "inf", "-0.1", "1.5", "a", "1e999"})
    CHECK(fault_of([&] { number(text); }).key() == "--n");
  CHECK(!Arguments({}, {}).integer("n", 1, 10));
}

TEST_CASE("every command has a help with its name, its options and an example that it accepts") {
  CHECK(commands().size() >= 5);
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    const std::string help = help_of(command);
    CHECK(help.find("lemmata " + command.name) != std::string::npos);
    CHECK(help_of_program().find("  " + command.name + " ") != std::string::npos);
    for (const Option& option : command.options) CHECK(help.find("--" + option.name) != std::string::npos);
    std::vector<std::string> words;
    std::string example = command.example.substr(0, command.example.find(" >"));
    for (std::size_t begin = 0; begin < example.size();) {
      const std::size_t end = std::min(example.find(' ', begin), example.size());
      words.push_back(example.substr(begin, end - begin));
      begin = end + 1;
    }
    REQUIRE(words.size() >= 2);
    CHECK(words[0] == "lemmata");
    CHECK(&command_named(words[1]) == &command);
    CHECK_NOTHROW(parse_arguments(command, {words.begin() + 2, words.end()}));
  }
}

TEST_CASE("a table pads its columns and leaves no blanks at line ends") {
  CHECK(table({{"a", "bc"}, {"def", "g"}}) == "a    bc\ndef  g\n");
}

}  // namespace lemmata::scenarios
