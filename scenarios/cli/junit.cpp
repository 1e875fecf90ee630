#include "scenarios/cli/junit.h"

namespace lemmata::scenarios {
namespace {

std::string escaped(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    if (c == '&') xml += "&amp;";
    else if (c == '<') xml += "&lt;";
    else if (c == '>') xml += "&gt;";
    else if (c == '"') xml += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') xml += ' ';
    else xml += c;
  }
  return xml;
}

}  // namespace

std::string junit_xml(std::span<const Evidence> evidence) {
  std::string cases;
  std::size_t failures = 0, skipped = 0;
  for (const Evidence& e : evidence) {
    cases += "  <testcase classname=\"" + escaped(e.id) + "\" name=\"" + escaped(e.setting) + "\">";
    const std::string message =
        escaped(verdict_name(e.verdict) + ", expected " + verdict_name(e.expected) + ": " + e.reason);
    if (!e.is_as_expected() && e.verdict == Verdict::inconclusive && e.controls_hold()) {
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

}  // namespace lemmata::scenarios
