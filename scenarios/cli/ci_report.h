#pragma once
#include <span>
#include <string>

#include "scenarios/claims/claim.h"

// Reports for continuous integration, each a text made of the evidence alone.
namespace lemmata::scenarios {

/// JUnit XML: one test case per (claim, setting); not as expected is a failure, an unexpected `inconclusive` is
/// skipped.
std::string junit_xml(std::span<const Evidence> evidence);

/// GitHub workflow commands: one `::error` line per setting that is not as expected (`::warning` where it is no worse
/// than an unexpected `inconclusive`), at most 10, the count of the others in the last. Source: GitHub Actions,
/// "Workflow commands": % and line ends are escaped, and : and , in properties. Checked by:
/// tests/scenarios/ci_report_test.cpp.
std::string github_annotations(std::span<const Evidence> evidence);

/// A table of all settings as GitHub-flavoured Markdown, those not as expected first and in bold.
std::string markdown_summary(std::span<const Evidence> evidence);

}  // namespace lemmata::scenarios
