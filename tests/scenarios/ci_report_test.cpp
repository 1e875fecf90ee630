#include "scenarios/cli/ci_report.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace lemmata::scenarios;

namespace {

Evidence evidence(const std::string& id, const std::string& setting, Verdict verdict, Verdict expected) {
  Evidence one;
  one.id = id;
  one.setting = setting;
  one.verdict = verdict;
  one.expected = expected;
  one.reason = "because";
  one.negative_controls = {{"broken", Verdict::refuted, {}}};
  one.positive_controls = {{"planted", Verdict::supported, {}}};
  return one;
}

long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE(
    "annotations: nothing where all is as expected, an error for a wrong verdict, a warning for an undecided one") {
  const Evidence right = evidence("M1", "a", Verdict::supported, Verdict::supported),
                 wrong = evidence("M2", "b", Verdict::refuted, Verdict::supported),
                 open = evidence("M3", "c", Verdict::inconclusive, Verdict::supported);
  CHECK(github_annotations(std::vector{right}).empty());
  CHECK(github_annotations(std::vector{right, wrong, open}) ==
        "::error title=M2 b::refuted, expected supported; because\n"
        "::warning title=M3 c::inconclusive, expected supported; because\n");
}

TEST_CASE("annotations: a control that came out wrong voids a verdict that is as expected") {
  Evidence voided = evidence("M1", "a", Verdict::supported, Verdict::supported);
  voided.negative_controls[0].verdict = Verdict::supported;
  CHECK(has(github_annotations(std::vector{voided}), "::error title=M1 a::supported, expected supported, VOID"));
  voided.verdict = Verdict::inconclusive;  // undecided and void is an error, not a warning
  CHECK(has(github_annotations(std::vector{voided}), "::error"));
}

TEST_CASE("annotations: one line each whatever the text, and nobody can smuggle a command or a property in") {
  Evidence one = evidence("M1", "beta=1, gamma:2", Verdict::refuted, Verdict::supported);
  one.reason = "100 %\n::error title=x::y\r";
  CHECK(github_annotations(std::vector{one}) ==
        "::error title=M1 beta=1%2C gamma%3A2::refuted, expected supported; 100 %25%0A::error title=x::y%0D\n");
}

TEST_CASE("annotations: 9 of 9 are printed, of 12 nine and a tenth line that counts the other three") {
  std::vector<Evidence> many(9, evidence("M1", "a", Verdict::refuted, Verdict::supported));
  CHECK(lines(github_annotations(many)) == 9);
  CHECK(!has(github_annotations(many), "further"));
  many.resize(12, many[0]);
  CHECK(lines(github_annotations(many)) == 10);
  CHECK(has(github_annotations(many), "::3 further verdicts"));
}

TEST_CASE("Markdown: what is not as expected comes first and in bold, bars and line ends do not break the table") {
  Evidence wrong = evidence("M2", "a|b", Verdict::refuted, Verdict::supported);
  wrong.reason = "x | y\nz <b>";
  const std::string text =
      markdown_summary(std::vector{evidence("M1", "a", Verdict::supported, Verdict::supported), wrong});
  CHECK(has(text, "1 of 2 verdicts as expected"));
  CHECK(
      has(text,
          "| M2 | a\\|b | **refuted, expected supported** | statistical | x \\| y z &lt;b> |\n| M1 | a | supported |"));
  CHECK(lines(text) == 6);
}
