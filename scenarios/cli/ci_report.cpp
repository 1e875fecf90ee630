#include "scenarios/cli/ci_report.h"

#include <algorithm>
#include <vector>

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_annotations = 10;

std::string xml_text(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    if (c == '&')
      xml += "&amp;";
    else if (c == '<')
      xml += "&lt;";
    else if (c == '>')
      xml += "&gt;";
    else if (c == '"')
      xml += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
      xml += ' ';
    else
      xml += c;
  }
  return xml;
}

// Not as expected, but nothing worse than `inconclusive`.
bool is_undecided(const Evidence& e) {
  return !e.is_as_expected() && e.verdict == Verdict::inconclusive && e.controls_hold();
}

std::string outcome(const Evidence& e) {
  const std::string void_text = e.controls_hold() ? "" : ", VOID: a control came out wrong";
  return verdict_name(e.verdict) + ", expected " + verdict_name(e.expected) + void_text;
}

std::string command_text(const std::string& text, bool is_property) {
  std::string safe;
  for (const char c : text) {
    if (c == '%')
      safe += "%25";
    else if (c == '\r')
      safe += "%0D";
    else if (c == '\n')
      safe += "%0A";
    else if (is_property && c == ':')
      safe += "%3A";
    else if (is_property && c == ',')
      safe += "%2C";
    else
      safe += c;
  }
  return safe;
}

std::string table_cell(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '\\') safe += '\\';
    if (c == '<')
      safe += "&lt;";
    else
      safe += c == '\n' || c == '\r' ? ' ' : c;
  }
  return safe;
}

}  // namespace

std::string junit_xml(std::span<const Evidence> evidence) {
  std::string cases;
  std::size_t failures = 0, skipped = 0;
  for (const Evidence& e : evidence) {
    cases += "  <testcase classname=\"" + xml_text(e.id) + "\" name=\"" + xml_text(e.setting) + "\">";
    const std::string message =
        xml_text(verdict_name(e.verdict) + ", expected " + verdict_name(e.expected) + ": " + e.reason);
    if (is_undecided(e)) {
      ++skipped;
      cases += "<skipped message=\"" + message + "\"/>";
    } else if (!e.is_as_expected()) {
      ++failures;
      cases += "<failure message=\"" + message + "\"/>";
    }
    cases += "</testcase>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"lemmata check\" tests=\"" +
         std::to_string(evidence.size()) + "\" failures=\"" + std::to_string(failures) + "\" skipped=\"" +
         std::to_string(skipped) + "\">\n" + cases + "</testsuite>\n";
}

std::string github_annotations(std::span<const Evidence> evidence) {
  std::string lines;
  std::size_t unexpected = 0;
  for (const Evidence& e : evidence) {
    if (e.is_as_expected() || ++unexpected >= most_annotations) continue;
    lines += std::string(is_undecided(e) ? "::warning" : "::error") +
             " title=" + command_text(e.id + " " + e.setting, true) +
             "::" + command_text(outcome(e) + "; " + e.reason, false) + "\n";
  }
  if (unexpected >= most_annotations)
    lines += "::error title=lemmata check::" + std::to_string(unexpected - most_annotations + 1) +
             " further verdicts are not as expected\n";
  return lines;
}

std::string markdown_summary(std::span<const Evidence> evidence) {
  std::vector<const Evidence*> order;
  for (const Evidence& e : evidence) order.push_back(&e);
  std::stable_partition(order.begin(), order.end(), [](const Evidence* e) { return !e->is_as_expected(); });
  const auto wrong = std::count_if(order.begin(), order.end(), [](const Evidence* e) { return !e->is_as_expected(); });
  std::string text = "### lemmata check: " + std::to_string(evidence.size() - static_cast<std::size_t>(wrong)) +
                     " of " + std::to_string(evidence.size()) + " verdicts as expected\n\n" +
                     "| claim | setting | verdict | evidence | why |\n|---|---|---|---|---|\n";
  for (const Evidence* e : order) {
    const std::string verdict = e->is_as_expected() ? verdict_name(e->verdict) : "**" + outcome(*e) + "**";
    text += "| " + table_cell(e->id) + " | " + table_cell(e->setting) + " | " + verdict + " | " +
            evidence_level_name(e->evidence_level) + " | " + table_cell(e->reason) + " |\n";
  }
  return text;
}

}  // namespace lemmata::scenarios
